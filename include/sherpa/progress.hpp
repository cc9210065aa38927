#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/results.hpp>
#include <sherpa/trial.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sherpa {

/// How a study is coming along.
struct Progress {
  struct Running {
    TrialId trial = 0;
    AttemptId attempt = 0;
    Configuration parameters{};
    std::int64_t iteration = -1;  ///< of the last observation; -1 before the first
    double objective = 0;         ///< of the last observation
    std::string
        waits{};  ///< why it is in the queue still, as its batch system says; empty: it is not
  };
  /// What trials run on.
  struct Worker {
    enum class State : std::uint8_t {
      working,
      draining,  ///< takes no more trials, and leaves once those it has are through
      away,      ///< not back yet since the coordinator was started again
    };
    std::string name{};
    State state = State::working;
    std::uint32_t slots = 0;
    std::uint32_t free_slots = 0;
    std::vector<std::string> resources{};  ///< units such as "gpu:0"
    std::vector<TrialId> trials{};         ///< that run there
    /// On another host: its trials run elsewhere if it is silent for so long from now.
    std::optional<std::chrono::duration<double>> lease{};
  };
  std::string name{};
  bool lower_is_better = true;
  std::optional<std::uint64_t> total{};  ///< trials there will be, where that is known
  std::uint64_t completed = 0;           ///< trials ended so, this run and earlier ones
  std::uint64_t failed = 0;
  std::uint64_t stopped = 0;
  std::vector<Running> running{};  ///< by trial
  std::vector<Worker> workers{};   ///< by name
  std::optional<BestResult> best{};
  std::chrono::duration<double> elapsed{};  ///< since this run began
  std::optional<std::chrono::duration<double>>
      remaining{};        ///< a guess from the trials that ended in this run
  bool stopping = false;  ///< told to go, waiting for running trials
  bool finished = false;  ///< the last call

  std::uint64_t ended() const { return completed + failed + stopped; }
};

}  // namespace sherpa
