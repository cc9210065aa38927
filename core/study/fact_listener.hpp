#pragma once

#include "core/study/store.hpp"

namespace sherpa::study {

/// The port behind which facts are learned: by the algorithm and the stopping rule, wherever they
/// run.
class FactListener {
 public:
  virtual ~FactListener() = default;

  /// The facts of one command, as they are applied: each group once, in order.
  virtual void learn(const Group& facts) = 0;
};

}  // namespace sherpa::study
