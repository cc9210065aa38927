#pragma once

#include "study/commands.hpp"
#include "study/engine.hpp"
#include "study/facts.hpp"
#include "study/memory_store.hpp"
#include "tests/simulation/scenario.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::simulation {

/// An invariant of docs/facts.md is broken.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the objective of a configuration is at an iteration, in every attempt, on every machine.
double objective_of(const Scenario& scenario, const Configuration& configuration, std::int64_t iteration);
/// Whether a configuration's attempts fail, whichever attempt it is.
bool fails(const Scenario& scenario, const Configuration& configuration);

/// Keeps its own plain book of what happened, from the facts alone, and compares. It knows nothing of how the engine works.
class Checker {
 public:
  explicit Checker(const Scenario& scenario) : scenario_(&scenario) {}

  /// A fact was applied by a living coordinator.
  void applied(const study::Entry& entry);
  /// The coordinator died: what was not committed never happened.
  void rolled_back_to(const study::MemoryStore& store);
  /// An effect leaves the process.
  void leaves(const study::Effect& effect, const study::MemoryStore& store);
  /// The state in memory against the book, and against a replay of everything applied.
  void compare(const study::Engine& engine) const;
  /// The study is over.
  void finished(const study::Engine& engine) const;

  bool open(TrialId trial, AttemptId attempt) const;
  const std::vector<study::Entry>& facts() const { return facts_; }
  /// Configuration, status and curve of every trial, in the order of the algorithm's numbers: what faults must not change.
  std::vector<std::string> table() const;

 private:
  struct Point {
    AttemptId attempt;
    std::int64_t iteration;
    double objective;
    bool withdrawn = false;
  };
  struct Book {
    Configuration configuration;
    study::Origin origin{};
    AttemptId attempts = 0;
    bool running = false;
    bool stop_requested = false;
    std::optional<TrialStatus> ended{};
    std::string token_hash{};
    std::vector<Point> points{};
    std::uint64_t last_batch = 0;
  };
  [[noreturn]] void violated(const std::string& what) const;
  void require(bool holds, const std::string& what) const {
    if (!holds) violated(what);
  }
  void note(const study::Entry& entry);

  const Scenario* scenario_;
  std::vector<study::Entry> facts_;
  std::map<TrialId, Book> trials_;
  std::map<std::string, std::uint32_t> slots_, busy_;
  std::uint64_t issued_ = 0;
  std::optional<std::uint64_t> budget_;
  std::uint32_t limit_ = 0;
  bool paused_ = false;
  bool ended_ = false;
};

}  // namespace sherpa::simulation
