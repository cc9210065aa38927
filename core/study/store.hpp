#pragma once

#include "core/base/result.hpp"
#include "core/study/facts.hpp"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace sherpa::study {

/// The facts of one command: stored together or not at all. Shared by all that learn or
/// store them.
using Group = std::shared_ptr<const std::vector<Entry>>;

/// The port behind which facts are kept.
class Store {
 public:
  virtual ~Store() = default;

  /// Appends groups, all or none of them; returns when they are as safe as the durability mode
  /// promises. After an error the store is not used again.
  virtual Result<void> commit(std::span<const Group> groups) = 0;
  /// Makes what is committed survive a power cut. A failure is final, as that of a commit.
  virtual Result<void> sync() = 0;
  /// Tells every stored fact, in order.
  virtual Result<void> replay(const std::function<Result<void>(Entry&&)>& tell) = 0;
};

}  // namespace sherpa::study
