#pragma once

#include "core/study/facts.hpp"

#include <span>

namespace sherpa::study {

/// The port behind which a study is watched.
class Viewer {
 public:
  virtual ~Viewer() = default;

  /// The facts that are stored by now, in order, each once. Called on one thread at a time, and
  /// quick: the study waits for it.
  virtual void show(std::span<const Entry> facts) = 0;
};

}  // namespace sherpa::study
