#pragma once

#include "core/base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <utility>

namespace sherpa::base {

/// How many connections may be open that have not proved who they are.
struct StrangerLimits {
  std::size_t all = 512;
  std::size_t per_address = 128;

  /// Lowered so that they leave most of the descriptors that the process may have to the rest of
  /// it.
  StrangerLimits within(std::size_t descriptors) const {
    constexpr std::size_t share = 8;
    return {std::clamp<std::size_t>(descriptors / share, 1, all),
            std::clamp<std::size_t>(descriptors / (2 * share), 1, per_address)};
  }
};

/// The connections that have not proved who they are, in order of arrival. Everybody gets in, so
/// that a flood keeps nobody out: the oldest has to make room, one that never spoke before one that
/// did. Connection::spoke() tells whether anything came from its other end. Not thread-safe.
template <class Connection, class Address>
class Strangers {
 public:
  explicit Strangers(StrangerLimits limits) : limits_(limits) {}

  /// The one that has to make room for another from this address; null while there is room.
  std::shared_ptr<Connection> to_displace(const Address& address) const {
    auto count = from_.find(address);
    const bool own = count != from_.end() && count->second >= limits_.per_address;
    if (!own && all_.size() < limits_.all) return nullptr;
    auto is_candidate = [&](const Stranger& one) { return !own || one.address == address; };
    auto at = std::find_if(all_.begin(), all_.end(), [&](const Stranger& one) {
      return is_candidate(one) && !one.connection->spoke();
    });
    if (at == all_.end()) at = std::find_if(all_.begin(), all_.end(), is_candidate);
    return at == all_.end() ? nullptr : at->connection;
  }
  void add(std::shared_ptr<Connection> connection, Address address) {
    SHERPA_ASSERT(!to_displace(address), all_.size());
    ++from_[address];
    all_.push_back({std::move(connection), std::move(address)});
  }
  /// Nothing happens where it is none.
  void remove(const Connection& connection) {
    auto at = std::find_if(all_.begin(), all_.end(), [&](const Stranger& one) {
      return one.connection.get() == &connection;
    });
    if (at == all_.end()) return;
    if (auto count = from_.find(at->address); --count->second == 0) from_.erase(count);
    all_.erase(at);
  }
  /// Null without any.
  std::shared_ptr<Connection> oldest() const {
    return all_.empty() ? nullptr : all_.front().connection;
  }
  std::size_t size() const { return all_.size(); }
  void clear() {
    all_.clear();
    from_.clear();
  }

 private:
  struct Stranger {
    std::shared_ptr<Connection> connection;
    Address address;
  };

  const StrangerLimits limits_;
  std::list<Stranger> all_;
  std::map<Address, std::size_t> from_;  // how many of them
};

}  // namespace sherpa::base
