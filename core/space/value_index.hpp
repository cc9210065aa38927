#pragma once

#include <sherpa/value.hpp>

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

namespace sherpa::space {

/// Equal values have equal hashes.
struct ValueHash {
  std::size_t operator()(const Value& value) const;
};

/// Where values stand in a list, however long that is.
class ValueIndex {
 public:
  ValueIndex() = default;
  explicit ValueIndex(const std::vector<Value>& values) {
    for (const Value& value : values) add(value);
  }

  /// Puts it behind those that are there; false when it is one of them.
  bool add(const Value& value);
  /// Where an equal one stands, or, when none is equal, the first that is the same number of
  /// another type.
  std::optional<std::size_t> find(const Value& value) const;

 private:
  std::unordered_map<Value, std::size_t, ValueHash> places_;
  std::unordered_map<double, std::size_t> numbers_;
};

}  // namespace sherpa::space
