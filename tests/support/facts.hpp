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
      study::fact::StudyCreated{"uuid", 1, "digits", "[]", false, "{}", "", 1ull << 63,
                                Limits{.budget = 40, .retry = {.lost = std::nullopt}}, "[\"a\"]"},
      study::fact::StudyChanged{
          "{}", "{}", Limits{.needs = {.slots = 2, .resources = {{"gpu", 0.5}}}}, true, "\"b\""},
      study::fact::TrialIssued{
          7,
          {{"a", 1}, {"b", 1.0}, {"c", "x"}, {"d", list(1, 2.5, "y", true)}, {"e", false}},
          Origin{3, 9, {1, 0}}},
      study::fact::AttemptStarted{7, 2, "hash", "node1", "inc", 2, {{"gpu:0", 0.5}}},
      study::fact::Observation{7, 2, 12, 0.25, {{"loss", -inf}, {"accuracy", 64}}, 5},
      study::fact::StopRequested{7, 2, StopBy::person, "why not"},
      study::fact::AttemptEnded{
          7, 2, End::lost, {.exit_code = -1, .signal = 9, .message = "gone\n"}},
      study::fact::TrialEnded{7, TrialStatus::stopped, 12, -0.0, {{"loss", 1}}},
      study::fact::CheckpointPublished{7, 2, "checkpoints/7/2"},
      study::fact::AlgorithmDone{41, 99},
      study::fact::WorkerJoined{Worker{"node1", "inc", 2, {"gpu:0"}, true}},
      study::fact::WorkerLeft{"node1", "inc", "why", true},
      study::fact::Steered{Steering::enqueued, 3, {{"a", 1}}, "me"},
      study::fact::StudyEnded{EndOfStudy::cancelled, "message"},
  };
}

}  // namespace sherpa::testing_support
