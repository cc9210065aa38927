#pragma once

#include "core/study/commands.hpp"
#include "core/study/launcher.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sherpa::study {

/// An attempt that runs here as a program, and that its program may speak for through the trial
/// API.
struct OpenAttempt {
  effect::Start start;  ///< with its token, the secret that the program sends
  std::shared_ptr<TrialChannel> channel;
  std::filesystem::path save_dir;  ///< absolute; what a checkpoint is published from
  /// The same relative to the output directory, as facts name it; empty for a study in memory.
  std::string checkpoint;

  /// How the program said its trial ended, before it does: (completed or failed, message).
  std::optional<std::pair<End, std::string>> declared() const {
    std::scoped_lock lock(mutex_);
    return declared_;
  }
  /// The first word counts.
  void declare(End end, std::string message) {
    std::scoped_lock lock(mutex_);
    if (!declared_) declared_ = {end, std::move(message)};
  }

 private:
  mutable std::mutex mutex_;
  std::optional<std::pair<End, std::string>> declared_;
};

/// What the tokens of a study's attempts begin with: so a study knows that a program has come to
/// the wrong study, as when its own coordinator has died and another took its port.
inline std::string token_prefix(const std::string& study_uuid) {
  return study_uuid.substr(0, 8) + ".";
}

/// The attempts that run here, by token: schedulers put them in and take them out, the trial API
/// looks them up. Thread-safe.
class OpenAttempts {
 public:
  void add(std::shared_ptr<OpenAttempt> attempt) {
    std::scoped_lock lock(mutex_);
    auto token = attempt->start.token;
    attempts_.insert_or_assign(std::move(token), std::move(attempt));
  }
  void remove(const std::string& token) {
    std::scoped_lock lock(mutex_);
    attempts_.erase(token);
  }
  /// Null when no attempt here has it: it never had, or has ended.
  std::shared_ptr<OpenAttempt> find(std::string_view token) const {
    std::scoped_lock lock(mutex_);
    auto at = attempts_.find(token);
    return at == attempts_.end() ? nullptr : at->second;
  }
  /// From now on tokens of other studies can be distinguished.
  void belong_to(const std::string& study_uuid) {
    std::scoped_lock lock(mutex_);
    prefix_ = token_prefix(study_uuid);
  }
  bool of_another_study(std::string_view token) const {
    std::scoped_lock lock(mutex_);
    return !token.starts_with(prefix_);
  }

 private:
  mutable std::mutex mutex_;
  std::string prefix_;
  std::map<std::string, std::shared_ptr<OpenAttempt>, std::less<>> attempts_;
};

}  // namespace sherpa::study
