#pragma once

#include "core/link/link_messages.hpp"

#include <limits>
#include <vector>

namespace sherpa::testing_support {

/// A message of each kind, in the order of the kinds, with every field away from its default.
inline std::vector<link::Message> one_of_each_message() {
  using namespace study;
  using namespace sherpa::link;
  constexpr double inf = std::numeric_limits<double>::infinity();
  return {
      link::Hello{.version = "0.1.0",
                  .study = "9b2e",
                  .role = link::Role::job,
                  .worker = {"node1", "inc", 2, {"gpu:0", "gpu:1"}, true},
                  .session = 3,
                  .epoch = 2,
                  .running = {{7, 1, "secret"}, {1u << 20, 300, ""}},
                  .functions = {"train", "näme\n"},
                  .token = "secret"},
      link::Welcome{.study = "9b2e",
                    .epoch = 3,
                    .output_dir = "/x",
                    .run = R"({"command": "true"})",
                    .lease_ms = 60'000,
                    .judged = true},
      link::Refused{.message = "no", .later = true},
      link::Start{7,
                  1,
                  {{"a", 1},
                   {"b", 1.0},
                   {"c", "x"},
                   {"d", list(1, 2.5, "y", true, list(-inf))},
                   {"e", false}},
                  "secret",
                  {{"gpu:0", 0.5}},
                  "checkpoints/7/1"},
      link::Stop{7, 1, StopWhy::person},
      link::Batch{
          7, 1, "secret", 5, {{0.25, 12, {{"loss", -inf}, {"accuracy", 64}}}, {64, -1, {}}}},
      link::Acknowledged{7, 1, 5},
      link::Judged{7, 1, 5},
      link::BatchRefused{7, 1, 5, Errc::wrong_state, "ended"},
      link::Publish{7, 1, "secret", "checkpoints/7/1", 5},
      link::Published{7, 1, "checkpoints/7/1"},
      link::EndOfAttempt{7,
                         1,
                         "secret",
                         5,
                         End::failed,
                         {.exit_code = -1, .signal = 9, .message = "gone\n"},
                         StopWhy::rule},
      link::Settled{7, 1},
      link::Goodbye{"drained", End::preempted},
      link::JoinAgain{"the lease ran out"},
      link::Heartbeat{1ull << 63},
      link::Drain{"asked to leave"},
  };
}

}  // namespace sherpa::testing_support
