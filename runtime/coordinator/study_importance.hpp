#pragma once

#include "core/space/json.hpp"
#include "core/space/search_space.hpp"
#include "core/study/engine.hpp"

#include <sherpa/results.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sherpa::runtime {

/// How much each parameter of a study matters, as the page and reports show it. Computed when it is
/// asked for, and kept until other trials have ended. Thread-safe.
class StudyImportance {
 public:
  /// The study, from now on; without `results`: none.
  void attach(space::SearchSpace space, std::function<Results()> results);

  /// Of the objective (an empty `metric`) or another metric, over the trials that have ended:
  /// `{"trials": 40, "parameters": {"lr": {"share": 0.9, "deviation": 0.02}}, "interaction":
  /// 0.05}`. With too few trials no parameters, and null. Takes a second at most. Errors:
  /// wrong_state without a study.
  Result<space::json::Json> of(const std::string& metric);

 private:
  std::mutex computing_;  // one at a time; taken before mutex_
  std::mutex mutex_;      // of what follows; never held while computing
  space::SearchSpace space_;
  std::function<Results()> results_;
  std::uint64_t studies_ = 0;
  std::map<std::string, std::pair<std::size_t, space::json::Json>> kept_;  // with their trials
};

/// Of a stopped study.
std::shared_ptr<StudyImportance> importance_of(const study::Engine& engine);

}  // namespace sherpa::runtime
