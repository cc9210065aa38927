#pragma once

#include "actors/handles.hpp"
#include "core/base/result.hpp"
#include "core/study/store.hpp"

#include <functional>

namespace sherpa::actors {

/// Writes the store, on a thread of its own. What came while it wrote goes with the next commit:
/// the study hands it one batch at a time.
class JournalActor final : public JournalHandle::base {
 public:
  using PointCurrentCheckpoint =
      std::function<Result<void>(const study::effect::CheckpointCurrent&)>;
  using PruneCheckpoints = std::function<Result<void>(const study::effect::CheckpointsUnneeded&)>;
  JournalActor(caf::actor_config& config, study::Store* store, PointCurrentCheckpoint point_current,
               PruneCheckpoints prune, StudyHandle study);

  behavior_type make_behavior() override;
  const char* name() const override { return "journal"; }

 private:
  void sync();

  study::Store* store_;
  PointCurrentCheckpoint point_current_;
  PruneCheckpoints prune_;
  StudyHandle study_;
  bool unsynced_ = false;
};

}  // namespace sherpa::actors
