#pragma once

#include "core/study/commands.hpp"
#include "core/study/engine.hpp"
#include "core/study/facts.hpp"
#include "core/study/memory_store.hpp"
#include "tests/simulation/scenario.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sherpa::simulation {

/// An invariant of docs/facts.md is broken.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the objective of a configuration is at an iteration, in every attempt, on every machine.
double objective_of(const Scenario& scenario, const Configuration& configuration,
                    std::int64_t iteration);
/// What is measured beside it: not always the same metrics.
Metrics context_of(const Scenario& scenario, const Configuration& configuration,
                   std::int64_t iteration);
/// Whether a configuration's attempts fail, whichever attempt it is.
bool fails(const Scenario& scenario, const Configuration& configuration);

/// A worker's start, as a name.
inline std::string start_of(const std::string& worker, const std::string& incarnation) {
  return worker + '#' + incarnation;
}

/// Keeps its own plain book of what happened, from the facts alone, and compares. It knows nothing
/// of how the engine works.
class Checker {
 public:
  explicit Checker(const Scenario& scenario) : scenario_(&scenario) {}

  /// The facts of one command were applied by a living coordinator.
  void applied(std::span<const study::Entry> group);
  /// These groups go to the store, after all that it holds.
  void stores(std::span<const study::Group> groups, const study::MemoryStore& store) const;
  /// The coordinator died: what was not committed never happened.
  void rolled_back_to(const study::MemoryStore& store);
  /// An effect leaves the process.
  void leaves(const study::Effect& effect, const study::MemoryStore& store);
  /// The state in memory against the book, and against a replay of everything applied.
  void compare(const study::Engine& engine) const;
  /// What a rebuilt learner receives, against what those before it received.
  void check_replay(const study::Engine& engine) const;
  /// The study is over.
  void finished(const study::Engine& engine) const;

  bool open(TrialId trial, AttemptId attempt) const;
  bool ended(TrialId trial) const;
  bool stop_requested(TrialId trial) const;
  /// Who runs the trial's newest attempt.
  std::string worker_of(TrialId trial) const;
  /// Workers that joined and have not left, and hold leases.
  const std::set<std::string>& leased() const { return leased_; }
  std::int64_t lease_ms() const { return limits_.lease_ms; }
  const std::vector<study::Entry>& facts() const { return facts_; }
  /// Configuration, status and curve of every trial, in the order of the algorithm's numbers: what
  /// faults must not change.
  std::vector<std::string> table() const;

 private:
  struct Point {
    AttemptId attempt;
    std::int64_t iteration;
    double objective;
    Metrics context{};
    bool withdrawn = false;
  };
  struct Book {
    Configuration configuration;
    study::Origin origin{};
    AttemptId attempts = 0;
    std::map<study::End, std::uint32_t> ends{};
    std::optional<study::End> last_end{};
    std::string worker{};
    bool running = false;
    bool stop_requested = false;
    std::optional<TrialStatus> ended{};
    double objective = 0;                                      // once ended
    std::optional<std::pair<AttemptId, std::string>> loads{};  // its newest attempt
    bool gone_on_from = false;                                 // by a trial of a higher rung
    std::vector<Point> points{};
  };
  [[noreturn]] void violated(std::string_view what) const;
  void require(bool holds, std::string_view what) const {
    if (!holds) violated(what);
  }
  void note(const study::Entry& entry);
  void note(const study::fact::StudyCreated& fact, const study::Entry& entry);
  void note(const study::fact::StudyChanged& fact, const study::Entry& entry);
  void note(const study::fact::TrialIssued& fact, const study::Entry& entry);
  void note(const study::fact::AttemptStarted& fact, const study::Entry& entry);
  void note(const study::fact::Observation& fact, const study::Entry& entry);
  void note(const study::fact::StopRequested& fact, const study::Entry& entry);
  void note(const study::fact::AttemptEnded& fact, const study::Entry& entry);
  void note(const study::fact::TrialEnded& fact, const study::Entry& entry);
  void note(const study::fact::AlgorithmDone& fact, const study::Entry& entry);
  void note(const study::fact::WorkerJoined& fact, const study::Entry& entry);
  void note(const study::fact::WorkerLeft& fact, const study::Entry& entry);
  void note(const study::fact::Steered& fact, const study::Entry& entry);
  void note(const study::fact::StudyEnded& fact, const study::Entry& entry);
  /// A published checkpoint needs no note: check_load looks it up.
  void note(const study::fact::CheckpointPublished&, const study::Entry&) {}
  void count_end(const Book& trial, TrialStatus status);
  void check_curve(TrialId id, const Book& trial) const;
  void check_lineage(TrialId trial, const Configuration& configuration);
  bool died_out() const;
  void check_load(const study::effect::Start& start);
  void deletes(const study::effect::CheckpointsUnneeded& unneeded);
  void check_summary(const Book& trial, const study::fact::TrialEnded& ended) const;
  bool may_run_again(const Book& trial) const;

  const Scenario* scenario_;
  std::vector<study::Entry> facts_;
  std::map<TrialId, Book> trials_;
  std::set<study::Seq> group_ends_{0};
  std::map<std::string, std::uint32_t> slots_, busy_;
  std::set<std::string> leased_, barred_;
  struct Rung {
    std::uint64_t ended = 0, sent_up = 0;
  };
  std::map<std::pair<std::int64_t, std::int64_t>, Rung> rungs_;  // by bracket and number
  std::map<std::int64_t, std::pair<std::uint64_t, std::uint64_t>>
      members_;                    // of a generation: begun, ended
  std::set<std::string> deleted_;  // checkpoints: of the disk, and so not undone by a crash
  std::uint64_t issued_ = 0;
  study::Limits limits_;
  std::uint32_t limit_ = 0;     // of running attempts, as steered
  std::uint32_t failures_ = 0;  // attempts
  bool paused_ = false;
  bool ended_ = false;
};

}  // namespace sherpa::simulation
