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

  /// Receives every fact once, in order. `view` ends with this fact.
  virtual void learn(const Entry& entry, const View& view) = 0;
  /// Why a running trial should end, as a message for people; empty: it continues.
  virtual std::string verdict(TrialId trial, const View& view) = 0;
};

}  // namespace sherpa::study
