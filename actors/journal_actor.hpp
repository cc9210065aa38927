#pragma once

#include "actors/handles.hpp"
#include "actors/team_services.hpp"
#include "core/base/result.hpp"
#include "core/study/store.hpp"

namespace sherpa::actors {

/// Writes the store, on a thread of its own. What came while it wrote goes with the next commit:
/// the study hands it one batch at a time.
class JournalActor final : public JournalHandle::base {
 public:
  JournalActor(caf::actor_config& config, study::Store* store, TeamServices* services,
               StudyHandle study);

  behavior_type make_behavior() override;
  const char* name() const override { return "journal"; }

 private:
  void sync();

  study::Store* store_;
  TeamServices* services_;
  StudyHandle study_;
  bool unsynced_ = false;
};

}  // namespace sherpa::actors
