#pragma once

#include "core/base/clock.hpp"
#include "core/study/commands.hpp"
#include "core/study/engine_options.hpp"
#include "core/study/engine_state.hpp"
#include "core/study/run_state.hpp"

#include <string>
#include <utility>

namespace sherpa::study {

/// A message for people, cut to 4 KiB: it is in every table, and a megabyte of it helps nobody.
std::string shorten(std::string message);

/// One command being decided. The facts it emits are applied at once, so that what follows rests on
/// them.
class Decision {
 public:
  Decision(const EngineOptions& options, EngineState& state, RunState& run, base::Now now)
      : options_(options), state_(state), run_(run), now_(now) {
    run_.now = now.steady;
  }

  void decide(const command::Create& create);
  void decide(const command::Change& change);
  void decide(const command::Recover& recover);
  void decide(const command::Take& take);
  void decide(const command::Suggested& suggested);
  void decide(const command::AskAgain& again);
  void decide(const command::Observe& observe);
  void decide(const command::RequestStop& stop);
  void decide(const command::EndAttempt& end);
  void decide(const command::Publish& publish);
  void decide(const command::Join& join);
  void decide(const command::Alive& alive);
  void decide(const command::Drain& drain);
  void decide(const command::Leave& leave);
  void decide(const command::Pause& pause);
  void decide(const command::Resume& resume);
  void decide(const command::LimitConcurrency& limit);
  void decide(const command::Enqueue& enqueue);
  void decide(const command::Tick& tick);
  void decide(const command::Interrupt& interrupt);
  void refuse(Error error) { out_.answer = {Answer::Kind::refused, std::move(error), 0}; }

  Outcome finish();

 private:
  // The answer.
  void answer(Answer::Kind kind) { out_.answer.kind = kind; }
  void refuse(Errc code, std::string message) { refuse(Error{code, std::move(message)}); }
  void early(std::uint64_t expected) { out_.answer = {Answer::Kind::early, {}, expected}; }

  // What happens, and what must be done.
  void emit(Fact fact);
  void act(Effect effect) { out_.effects.push_back(std::move(effect)); }
  void tell_to_stop(TrialId trial, const OpenTrial& open, StopWhy why);

  // The study.
  /// Starts what can start, asks the algorithm where only its answer is missing, and ends the study
  /// where nothing is left.
  void fill();
  void close(EndOfStudy why, std::string message);
  void maybe_give_up();
  /// Ends the study when its time budget is used up.
  void watch_time();
  void begin_run();
  void enqueue_failed(const std::string& by);
  void maybe_end();
  bool stuck() const;
  void expire_leases();
  void expire_attempts();
  void interrupt_attempts();

  // Trials and their attempts.
  bool start_one();
  void issue(Configuration configuration, Origin origin);
  void start(TrialId trial, Place place);
  bool check_batch(const command::Observe& observe, const OpenTrial& open);
  bool check_iterations(const command::Observe& observe, const OpenTrial& open);
  bool check_metrics(const command::Observe& observe);
  bool check_status(const command::EndAttempt& end, bool seen);
  void end_attempt(TrialId trial, End end, Detail detail);
  void count_end(const OpenTrial& open, End end);
  void count_first_observation(const OpenTrial& open);
  /// Attempts were lost with this start of a worker: the next ones begin there later and later.
  void hold_back(const std::string& worker);
  /// After an attempt ended: the trial runs again, or is over.
  void settle(TrialId trial);
  void end_trial(TrialId trial, TrialStatus status);
  /// Ends an attempt that says nothing any more.
  void lose(TrialId trial, End end, std::string why);

  // The algorithm.
  void take_answer(const command::Suggested& suggested);
  /// Why an algorithm that comes no nearer to its end is asked no more; empty: it is.
  std::string hopeless(const command::Suggested& suggested) const;
  void ask(bool for_slot);
  void prefetch();
  void drop_void();

  // Checkpoints.
  void release(TrialId trial);
  void prune();

  // Workers.
  /// False when that start of the worker is not in use.
  bool sign_of_life(const std::string& worker, const std::string& incarnation);
  void lose_all(const std::string& worker, const std::string& incarnation, End end,
                const std::string& why);
  void compare_running(const command::Join& join);
  /// Takes workers out of use on which everything fails, while it does not elsewhere.
  void bar_bad_workers();

  const EngineOptions& options_;
  EngineState& state_;
  RunState& run_;
  base::Now now_;
  Outcome out_;
};

}  // namespace sherpa::study
