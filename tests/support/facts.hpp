#pragma once

#include "core/study/facts.hpp"

#include <limits>
#include <vector>

namespace sherpa::testing_support {

/// A fact of each kind, in the order of the kinds, with every field away from its default.
inline std::vector<study::Fact> one_of_each() {
  using namespace study;
  constexpr double inf = std::numeric_limits<double>::infinity();
  return {
      fact::StudyCreated{"uuid", 1, "digits", "[]", false, "{}", "", 1ull << 63,
                         Limits{.budget = 40, .retry = {.lost = std::nullopt}}, "[\"a\"]"},
      fact::StudyChanged{"{}", "{}", Limits{.needs = {.slots = 2, .resources = {{"gpu", 0.5}}}},
                         true, "\"b\""},
      fact::TrialIssued{
          7,
          {{"a", 1}, {"b", 1.0}, {"c", "x"}, {"d", list(1, 2.5, "y", true)}, {"e", false}},
          Origin{3, 9, {1, 0}}},
      fact::AttemptStarted{7, 2, "hash", "node1", "inc", 2, {{"gpu:0", 0.5}}},
      fact::Observation{7, 2, 12, 0.25, {{"loss", -inf}, {"accuracy", 64}}, 5},
      fact::StopRequested{7, 2, StopBy::person, "why not"},
      fact::AttemptEnded{7, 2, End::lost, {.exit_code = -1, .signal = 9, .message = "gone\n"}},
      fact::TrialEnded{7, TrialStatus::stopped, 12, -0.0, {{"loss", 1}}},
      fact::CheckpointPublished{7, 2, "checkpoints/7/2"},
      fact::AlgorithmDone{41, 99},
      fact::WorkerJoined{study::Worker{"node1", "inc", 2, {"gpu:0"}, true}},
      fact::WorkerLeft{"node1", "inc", "why", true},
      fact::Steered{Steering::enqueued, 3, {{"a", 1}}, "me"},
      fact::StudyEnded{EndOfStudy::cancelled, "message"},
  };
}

}  // namespace sherpa::testing_support
