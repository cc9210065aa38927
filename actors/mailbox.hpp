#pragma once

#include "actors/team.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace sherpa::actors {

/// Hands results from the study actor to the thread outside that waits for them.
struct Mailbox {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<TeamResult> result;
  std::optional<Progress> progress;
  Results results;
  bool woken = false;

  void put(TeamResult how) {
    std::scoped_lock lock(mutex);
    if (!result) result = std::move(how);
    changed.notify_all();
  }
  void put(Progress snapshot) {
    std::scoped_lock lock(mutex);
    progress = std::move(snapshot);
    changed.notify_all();
  }
  void put(Results now) {
    std::scoped_lock lock(mutex);
    results = std::move(now);
  }
};

}  // namespace sherpa::actors
