#pragma once

#include "core/study/facts.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::feed {

/// A study and its trials after the last fact, without their observations: what a viewer receives
/// first.
class TrialTable {
 public:
  void learn(const study::Entry& entry);
  study::Seq last() const { return last_; }
  bool created() const { return created_.has_value(); }
  std::size_t trials() const { return trials_.size(); }

  /// Once it is created: members of a JSON object: `"number": …, "study": …, "workers": …,
  /// "trials": …`. Trials are columns, in order of their numbers.
  std::string to_json() const;

 private:
  struct Row {
    Configuration configuration{};
    std::uint64_t k = 0;
    std::int64_t issued = 0, started = 0, ended = 0;  // microseconds since 1970; 0: not yet
    AttemptId attempt = 0;
    bool running = false, stopping = false;
    TrialStatus status = TrialStatus::intermediate;
    std::int64_t iteration = -1;
    double objective = 0;
    Metrics context{};
    std::string worker{};
  };
  struct Presence {
    study::Worker worker{};
    std::int64_t joined = 0, left = 0;
    std::string why{};
  };

  template <class F>
  void learn_of_study(const F& fact, std::int64_t at);
  template <class F>
  void learn_of_trial(const F& fact, std::int64_t at);
  std::string workers_as_json() const;
  std::string trials_as_json() const;

  study::Seq last_ = 0;
  std::int64_t created_at_ = 0;
  std::optional<study::fact::StudyCreated> created_{};  // with what changed since
  std::optional<study::fact::StudyEnded> ended_{};
  std::optional<std::uint32_t> limit_{};
  bool paused_ = false;
  std::vector<Row> trials_;
  std::map<std::string, Presence> workers_;
};

}  // namespace sherpa::feed
