#pragma once

#include "core/space/access.hpp"
#include "core/study/memory_store.hpp"
#include "runtime/coordinator/open_study.hpp"

#include <sherpa/setup.hpp>
#include <sherpa/trial.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace sherpa::runtime {

/// A study on one thread and in memory, which can be stopped and resumed at any moment. The
/// contract suites and the tests of algorithms and rules run on it. Throws Exception as the study
/// loop does.
class Rehearsal {
 public:
  explicit Rehearsal(StudySetup setup);

  struct Started {
    TrialId id = 0;
    AttemptId attempt = 0;
    Configuration parameters;
  };
  std::variant<Started, Wait, Done> take();
  void observe(const Started& trial, double objective, std::int64_t iteration = 1,
               Metrics context = {});
  bool should_stop(const Started& trial);
  /// Whether the rule would stop the trial, and whether one rebuilt from the same facts would; the
  /// study does not change.
  bool verdict(const Started& trial);
  bool verdict_of_a_fresh_rule(const Started& trial);
  void finalize(const Started& trial, TrialStatus status = TrialStatus::completed);
  void enqueue(Configuration configuration);

  /// Ends the process in thought, and resumes the study from what was stored. With a new setup,
  /// from that.
  void restart();
  void restart(StudySetup setup);

  const study::Engine& engine() const { return driver_->engine(); }
  std::optional<BestResult> best() const { return engine().ledger()->best(); }
  Results results() const { return internal::Access::results(engine().ledger()); }
  std::string csv() const;
  const study::MemoryStore& store() const { return store_; }

 private:
  void open();
  void commit();
  template <class Command>
  study::Answer act(const Command& command);

  StudySetup setup_;
  study::MemoryStore store_;
  std::unique_ptr<study::DirectDriver> driver_;
};

}  // namespace sherpa::runtime
