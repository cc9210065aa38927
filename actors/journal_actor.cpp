#include "actors/journal_actor.hpp"

#include "core/base/log.hpp"

#include <utility>

namespace sherpa::actors {

using namespace std::chrono_literals;

JournalActor::JournalActor(caf::actor_config& config, study::Store* store, TeamServices* services,
                           StudyHandle study)
    : JournalHandle::base(config), store_(store), services_(services), study_(std::move(study)) {}

JournalActor::behavior_type JournalActor::make_behavior() {
  remind(this, 1s, Tick{});
  return {
      [this](const StoreThis& store) {
        auto result = store_->commit(store.batch.groups);
        unsynced_ = true;
        tell(this, study_, Stored{result ? std::nullopt : std::optional(result.error())});
      },
      [this](const CheckpointCurrent& checkpoint) {
        if (auto done = services_->point_current(checkpoint); !done)
          base::log(LogLevel::warning, done.error().message);
      },
      [this](const CheckpointsUnneeded& unneeded) {
        if (auto done = services_->prune(unneeded); !done)
          base::log(LogLevel::warning, done.error().message);
      },
      [this](const Flush&) {
        sync();
        tell(this, study_, Flushed{});
      },
      [this](const Tick&) {
        sync();
        remind(this, 1s, Tick{});
      },
  };
}

void JournalActor::sync() {
  if (!unsynced_) return;
  unsynced_ = false;
  if (auto synced = store_->sync(); !synced) tell(this, study_, Stored{synced.error()});
}

}  // namespace sherpa::actors
