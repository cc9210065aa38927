#pragma once

#include "study/feed.hpp"
#include "study/result.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace sherpa::cli {

/// Follows a study that another process runs: what is stored there appears in a feed here, over restarts of the coordinator.
class Follower {
 public:
  /// Returns when the feed has all that is stored by now. Errors: those of Coordinator, or what it says is not understood.
  static Result<std::unique_ptr<Follower>> begin(std::filesystem::path directory, std::shared_ptr<study::Feed> feed);
  /// What the study is called.
  const std::string& name() const { return name_; }

 private:
  Follower() = default;
  std::string name_{};
  std::jthread thread_{};
};

}  // namespace sherpa::cli
