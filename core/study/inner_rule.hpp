#pragma once

#include "core/study/facts.hpp"
#include "core/study/view.hpp"

#include <string>

namespace sherpa::study {

/// The port that every stopping rule implements inside. Its state comes from `learn` alone; it may
/// look things up in the view.
class InnerRule {
 public:
  virtual ~InnerRule() = default;

  /// Told every fact once, in order. `view` ends with this fact.
  virtual void learn(const Entry& entry, const View& view) = 0;
  /// Whether a running trial should end, and then why, in words for a person; empty: go on.
  virtual std::string verdict(TrialId trial, const View& view) = 0;
};

}  // namespace sherpa::study
