#pragma once

#include "core/base/result.hpp"
#include "core/feed/feed.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace sherpa::runtime {

/// Follows a study that another process runs: what is stored there appears in a feed here, over
/// restarts of the coordinator.
class FeedFollower {
 public:
  /// Returns when the feed has all that is stored by now. Errors: those of Coordinator, or what it
  /// says is not understood.
  static Result<std::unique_ptr<FeedFollower>> begin(std::filesystem::path directory,
                                                     std::shared_ptr<feed::Feed> feed);
  /// What the study is called.
  const std::string& name() const { return name_; }

 private:
  FeedFollower() = default;
  std::string name_{};
  std::jthread thread_{};
};

}  // namespace sherpa::runtime
