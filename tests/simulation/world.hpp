#pragma once

#include "core/study/memory_store.hpp"
#include "runtime/coordinator/open_study.hpp"
#include "tests/simulation/checker.hpp"
#include "tests/simulation/scenario.hpp"

#include <sherpa/random.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sherpa::simulation {

/// A coordinator, its store, workers and the network between them, in one thread and in virtual
/// time. Sends its commands through the same pipeline as every other driver. All chance comes from
/// the scenario's seed, so a run repeats itself exactly.
class World {
 public:
  /// With `trace`, tells what happens, a line each.
  World(Scenario scenario, std::ostream* trace);
  ~World();

  /// Plays to the end. Throws Violation.
  void run();

  const Checker& checker() const { return checker_; }
  struct Counts {
    std::uint64_t events = 0, restarts = 0, messages = 0, trials = 0, facts = 0;
  };
  Counts counts() const { return counts_; }

 private:
  using Time = double;  // seconds

  struct Attempt {
    TrialId trial = 0;
    AttemptId attempt = 0;
    std::string token_hash;
    Configuration configuration;
    std::int64_t next = 1;      // iteration
    std::uint64_t batches = 0;  // made so far
    std::map<std::uint64_t, std::vector<Observation>> unacknowledged{};
    std::optional<study::command::EndAttempt> end{};  // until acknowledged
    std::int64_t checkpoint = 0;                      // the last one published
    std::optional<study::StopWhy> stop_why{};
  };
  struct Machine {
    std::string name;
    std::uint64_t incarnation = 0;
    std::uint64_t session = 0;
    bool up = false;
    bool connected = false;
    Time since = 0;         // connected
    Time silent_until = 0;  // what is sent meanwhile arrives afterwards
    std::map<std::pair<TrialId, AttemptId>, Attempt> attempts{};
    // stops that came before the start
    std::map<std::pair<TrialId, AttemptId>, study::StopWhy> stopped_before{};
  };
  struct Listener;
  struct Coordinator;

  // The clock.
  void at(Time delay, std::function<void()> what);
  void trace(const std::string& line);
  void trace_fact(const study::Entry& entry);

  // The coordinator.
  void open_study();
  void start_coordinator();
  void kill_coordinator(const std::string& why);
  template <class Command>
  study::Answer tell(const Command& command);
  void ask(const study::Ask& ask);
  void commit_soon();
  void commit();
  void let_out(std::vector<study::Effect> effects);
  void judge(TrialId trial, AttemptId attempt);
  void stop(const study::command::RequestStop& stop);
  template <class Command>
  std::set<std::string> life_before(const Command& command) const;
  template <class Command>
  void note_life(const Command& command, const study::Answer& answer,
                 const std::set<std::string>& before);

  // The machines.
  void start_machine(std::size_t m);
  void kill_machine(std::size_t m);
  void connect(std::size_t m);
  void live(std::size_t m, std::uint64_t incarnation);
  void silence(std::size_t m);
  Time held(std::size_t m) const { return std::max<Time>(0, machines_[m].silent_until - now_); }
  void disconnect(std::size_t m);
  std::int64_t last_reported(TrialId trial) const;
  void start_attempt(std::size_t m, const study::effect::Start& start);
  void step_attempt(std::size_t m, std::uint64_t incarnation, std::pair<TrialId, AttemptId> id);
  void try_made_up_token(std::pair<TrialId, AttemptId> id, const Attempt& attempt);
  void report_next(std::size_t m, std::pair<TrialId, AttemptId> id, Attempt& attempt);
  void end_attempt(std::size_t m, Attempt& attempt, study::End end, const std::string& message);
  void send_all(std::size_t m, std::pair<TrialId, AttemptId> id);
  void deliver_answer(std::size_t m, std::uint64_t incarnation, std::pair<TrialId, AttemptId> id,
                      const study::Answer& answer);
  std::size_t machine_of(const std::string& name) const;

  // The network, from a machine to the coordinator and back.
  void send(std::size_t m, std::function<void()> deliver);
  void send_back(std::size_t m, std::function<void()> deliver);

  // Chance.
  bool chance(double p) { return faulty() && random_.chance(p); }
  /// Faults end at some time, so that the study can.
  bool faulty() const { return now_ < last_fault_; }
  double between(double low, double high) { return random_.uniform(low, high); }
  void meddle();
  base::Now now() const;

  Scenario scenario_;
  std::ostream* trace_;
  Random random_;
  Checker checker_;
  study::MemoryStore store_;
  std::unique_ptr<Coordinator> coordinator_;
  std::uint64_t life_ = 0;  // of coordinators
  std::vector<Machine> machines_;
  // batches that may be on their way
  std::set<std::tuple<std::size_t, std::uint64_t, std::pair<TrialId, AttemptId>, std::uint64_t>>
      sent_;
  // Attempts whose end the coordinator knows and has not stored. As link::RemoteLauncher does, it
  // ignores what a machine repeats about them: an answer now would run ahead of the store.
  std::set<std::pair<TrialId, AttemptId>> unsettled_;
  std::uint64_t tokens_ = 0;
  std::string complaint_;                      // of a witness
  std::map<std::string, Time> last_life_;      // starts of workers: their last sign of life
  std::map<TrialId, Time> stopped_;            // trials with a stop: when it was decided
  std::map<std::string, std::int64_t> saved_;  // checkpoints: the last iteration that is in them
  bool over_ = false;

  struct Event {
    Time when;
    std::uint64_t order;
    std::function<void()> what;
    bool operator<(const Event& other) const {
      return std::pair(when, order) > std::pair(other.when, other.order);
    }
  };
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  Time now_ = 0;
  Time last_fault_ = 0;
  Counts counts_;
};

}  // namespace sherpa::simulation
