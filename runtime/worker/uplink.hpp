#pragma once

#include "core/link/link.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace sherpa::runtime {

/// A worker's connection to its coordinator, while there is one. Thread-safe.
class Uplink {
 public:
  bool connected() const { return connection() != nullptr; }
  /// False when it was not taken: there is no connection, or no room.
  bool send(const link::Message& message) const {
    auto to = connection();
    return to && to->send(message);
  }
  std::shared_ptr<link::Connection> connection() const {
    std::scoped_lock lock(mutex_);
    return connection_;
  }
  /// The one before.
  std::shared_ptr<link::Connection> set(std::shared_ptr<link::Connection> connection) {
    std::scoped_lock lock(mutex_);
    return std::exchange(connection_, std::move(connection));
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<link::Connection> connection_;
};

}  // namespace sherpa::runtime
