#include "actors/study_actor.hpp"
#include "core/space/access.hpp"

#include "actors/algorithm_actor.hpp"
#include "actors/journal_actor.hpp"
#include "actors/node_actor.hpp"
#include "actors/scheduler_actor.hpp"
#include "actors/stopping_rule_actor.hpp"
#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/feed/snapshot.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sherpa::actors {

using namespace std::chrono_literals;
namespace command = study::command;
namespace effect = study::effect;
using study::Answer;

namespace {

constexpr int most_restarts = 3;  // of a part that breaks again and again

std::uint64_t ended_trials(const study::Engine& engine) {
  return engine.ended_with(TrialStatus::completed) + engine.ended_with(TrialStatus::failed) +
         engine.ended_with(TrialStatus::stopped);
}

}  // namespace

StudyActor::StudyActor(caf::actor_config& config, std::shared_ptr<TeamParts> parts,
                       std::shared_ptr<Mailbox> mailbox)
    : StudyHandle::base(config),
      parts_(std::move(parts)),
      mailbox_(std::move(mailbox)),
      pipeline_(parts_->pipeline),
      engine_(pipeline_.engine()),
      began_(std::chrono::steady_clock::now()),
      ended_before_(ended_trials(engine_)) {}

StudyActor::behavior_type StudyActor::make_behavior() {
  when_lost(this, [this](const caf::actor_addr& whom, const caf::error&) { lost(whom); });
  spawn_parts(caf::actor_cast<StudyHandle>(this));

  // What opening the study led to.
  store_next();
  if (const auto& question = parts_->question) tell(this, algorithm_, *question);
  let_out(std::move(parts_->released));
  if (const auto& end = engine_.ended()) let_out({effect::Finished{end->why, end->message}});
  const bool leases = parts_->workers.listener || parts_->launcher->worker().outlives;
  const auto& limits = engine_.study().limits;
  if (limits.timeout_ms > 0 || limits.time_budget_ms > 0 || leases) remind(this, 100ms, Tick{});

  return {
      [this](const Capacity& capacity) { joined(capacity); },
      [this](const Alive& alive) {
        // Its lease ran out, and it learns of it only now.
        if (act(alive).kind == Answer::Kind::superseded)
          tell(this, node_,
               WorkerGone{alive.worker, alive.incarnation, "it had been silent for too long"});
      },
      [this](const Drain& drain) { act(drain); },
      [this](const Leave& leave) { act(leave); },
      [this](const Suggested& suggested) { act(suggested); },
      [this](const Verdict& verdict) { judged(verdict); },
      [this](const Stored& answer) { stored(answer); },
      [this](const Flushed&) { finish(); },
      [this](const Observed& seen) { observed(seen); },
      [this](const EndOfAttempt& last) {
        trials_.erase({last.end.trial, last.end.attempt});
        auto kind = act(last.end).kind;
        // Of an attempt that is not the current one there is nothing to store. A study that fails
        // learns of the end after a restart.
        if (kind == Answer::Kind::superseded) settle(last.end.trial, last.end.attempt, last.worker);
      },
      [this](const Publish& publish) {
        Attempt attempt{publish.trial, publish.attempt};
        trials_[attempt] = caf::actor_cast<TrialHandle>(current_sender());
        auto answer = act(publish);
        // Accepted, it is answered once it is stored.
        if (answer.kind != Answer::Kind::accepted)
          tell(this, trials_[attempt], PublishingDone{true});
      },
      [this](const Interrupt& interrupt) { act(interrupt); },
      [this](const Tick&) {
        if (outliving_) act(command::Alive{outliving_->name, outliving_->incarnation});
        act(command::Tick{});
        remind(this, 100ms, Tick{});
      },
      [this](const ShowProgress&) {
        show([this](Progress progress) { mailbox_->put(std::move(progress)); });
      },
      [this](const Steer& what) { steer(what); },
      [this](const Show& what) { show(what.show); },
  };
}

void StudyActor::spawn_parts(const StudyHandle& self) {
  if (parts_->store) {
    store_ = spawn<JournalActor, caf::detached>(parts_->store, parts_->services, self);
    watch_over(this, store_);
  }
  // From now on the algorithm and the rule learn on threads of their own.
  pipeline_.remove_listener(*parts_->hosts);
  pipeline_.add_listener(*this);
  auto hosts = std::move(parts_->hosts);
  spawn_algorithm(std::move(hosts->algorithm));
  if (hosts->rule) spawn_rule(std::move(hosts->rule));
  const bool has_rule = static_cast<bool>(rule_);
  if (parts_->launcher) {
    scheduler_ = spawn<SchedulerActor>(parts_->launcher, parts_->services, has_rule, self, true);
    watch_over(this, scheduler_);
  }
  if (parts_->workers.listener) {
    node_ = spawn<NodeActor>(parts_, has_rule, self);
    watch_over(this, node_);
  }
}

void StudyActor::spawn_algorithm(std::unique_ptr<study::AlgorithmHost> host) {
  algorithm_ =
      spawn<AlgorithmActor, caf::detached>(std::move(host), caf::actor_cast<StudyHandle>(this));
  watch_over(this, algorithm_);
}

void StudyActor::spawn_rule(std::unique_ptr<study::RuleHost> host) {
  rule_ = spawn<StoppingRuleActor>(std::move(host), caf::actor_cast<StudyHandle>(this));
  watch_over(this, rule_);
}

template <class Command>
Answer StudyActor::act(const Command& command) {
  auto step = pipeline_.handle(command, base::read_clocks());
  auto answer = step.answer;
  carry(std::move(step));
  return answer;
}

void StudyActor::carry(study::Step step) {
  if (step.question) tell(this, algorithm_, *step.question);
  if (!parts_->store) mailbox_->put(internal::Access::results(engine_.ledger()));
  let_out(std::move(step.released));
  store_next();
}

void StudyActor::learn(const study::Group& facts) {
  tell(this, algorithm_, Applied{facts});
  if (rule_) tell(this, rule_, Applied{facts});
  if (node_) say_goodbye(facts);
}

void StudyActor::store_next() {
  if (!parts_->store) return;
  auto batch = pipeline_.take();
  if (batch.empty()) return;
  under_way_ = batch;
  tell(this, store_, StoreThis{std::move(batch)});
}

void StudyActor::stored(const Stored& answer) {
  if (answer.error) return fail(*answer.error);
  auto released = pipeline_.stored(std::exchange(under_way_, {}), {});
  mailbox_->put(internal::Access::results(engine_.ledger()));
  let_out(std::move(released));
  tell_kept();
  store_next();
}

void StudyActor::let_out(std::vector<study::Effect> effects) {
  for (auto& any : effects) {
    if (auto* start = std::get_if<effect::Start>(&any)) {
      if (auto* at = runner(start->worker, start->incarnation))
        tell(this, at->scheduler, std::move(*start));
    } else if (auto* stop = std::get_if<effect::Stop>(&any)) {
      if (auto* at = runner(stop->worker, stop->incarnation))
        tell(this, at->scheduler, std::move(*stop));
    } else if (auto* ended = std::get_if<effect::Ended>(&any)) {
      settle(ended->trial, ended->attempt, ended->worker);
    } else if (auto* current = std::get_if<effect::CheckpointCurrent>(&any)) {
      if (store_) tell(this, store_, *current);
      for (auto& [attempt, trial] : trials_)
        if (attempt.first == current->trial) tell(this, trial, PublishingDone{});
    } else if (auto* unneeded = std::get_if<effect::CheckpointsUnneeded>(&any)) {
      if (store_) tell(this, store_, std::move(*unneeded));
    } else if (auto* finished = std::get_if<effect::Finished>(&any)) {
      finished_ = std::move(*finished);
      if (store_) {
        tell(this, store_, Flush{});
      } else {
        finish();
      }
    }
  }
}

void StudyActor::joined(const Capacity& capacity) {
  const auto& worker = capacity.worker;
  auto step = pipeline_.handle(command::Join{worker, capacity.running, capacity.session},
                               base::read_clocks());
  if (step.answer.kind == Answer::Kind::refused) {
    if (node_)
      tell(this, node_,
           WorkerGone{worker.name, worker.incarnation, step.answer.error.message, true});
    return;
  }
  auto from = caf::actor_cast<SchedulerHandle>(current_sender());
  if (worker.outlives && scheduler_ && from == scheduler_) outliving_ = worker;
  runners_[worker.name] = {worker.incarnation, from,
                           capacity.launcher};  // before anything starts there
  carry(std::move(step));
}

/// To workers that these facts sent away.
void StudyActor::say_goodbye(const study::Group& facts) {
  for (const auto& entry : *facts) {
    const auto* left = std::get_if<study::fact::WorkerLeft>(&entry.fact);
    if (!left) continue;
    tell(this, node_, WorkerGone{left->name, left->incarnation, left->why, left->barred});
    if (runner(left->name, left->incarnation)) runners_.erase(left->name);
  }
}

StudyActor::Runner* StudyActor::runner(const std::string& worker, const std::string& incarnation) {
  auto at = runners_.find(worker);
  return at != runners_.end() && at->second.incarnation == incarnation ? &at->second : nullptr;
}

void StudyActor::settle(TrialId trial, AttemptId attempt, const std::string& worker) {
  auto at = runners_.find(worker);
  if (at == runners_.end()) return;
  if (auto launcher = at->second.launcher.lock()) launcher->settled(trial, attempt);
}

void StudyActor::finish() {
  if (!finished_) return;
  if (node_ && finished_->why != study::EndOfStudy::cancelled)
    tell(this, node_, StudyOver{"the study has ended"});
  mailbox_->put(TeamResult{finished_->why,
                           finished_->message,
                           {},
                           snapshot(),
                           internal::Access::results(engine_.ledger())});
}

/// The store has failed: nothing is decided any more, and running trials are asked to stop.
void StudyActor::fail(const Error& error) {
  pipeline_.fail(error);
  for (auto& [seq, done] : std::exchange(steered_, {})) done(error);
  for (auto [trial, attempt] : engine_.open_trials())
    for (auto& [name, runner] : runners_)
      if (attempt > 0)
        tell(this, runner.scheduler, Stop{trial, attempt, study::StopWhy::going, {}, {}});
  for (auto& [seq, progress, show] : std::exchange(unshown_, {})) show(shown_);
  mailbox_->put(TeamResult{study::EndOfStudy::error, error.message, error, shown_,
                           internal::Access::results(engine_.ledger())});
}

void StudyActor::observed(const Observed& seen) {
  Attempt attempt{seen.observe.trial, seen.observe.attempt};
  trials_[attempt] = caf::actor_cast<TrialHandle>(current_sender());
  auto answer = act(seen.observe);
  if (seen.posted && (answer.kind == Answer::Kind::refused || answer.kind == Answer::Kind::early)) {
    tell(this, trials_[attempt], Kept{seen.ticket, answer});
    tell(this, trials_[attempt], Judged{seen.ticket, false});
    return;
  }
  const bool taken =
      answer.kind == Answer::Kind::accepted || answer.kind == Answer::Kind::duplicate;
  if (seen.posted && taken) {
    unkept_.push_back({engine_.last_seq(), attempt, seen.ticket});
    tell_kept();
  }
  if (!taken) {
    tell(this, trials_[attempt], Judged{seen.ticket, true});
  } else if (rule_) {
    tell(this, rule_, Judge{attempt.first, attempt.second, seen.ticket});
  } else {
    tell(this, trials_[attempt], Judged{seen.ticket, false});
  }
}

/// Steering is answered when it is stored.
void StudyActor::steer(const Steer& steer) {
  auto answer = std::visit([this](const auto& command) { return act(command); }, steer.command);
  if (answer.kind == Answer::Kind::refused) return steer.done(answer.error);
  steered_.emplace_back(engine_.last_seq(), steer.done);
  tell_kept();
}

/// A viewer is shown what is stored: a snapshot waits for the facts that are in it.
void StudyActor::show(std::function<void(Progress)> show) {
  if (engine_.poisoned()) return show(shown_);
  unshown_.push_back({engine_.last_seq(), snapshot(), std::move(show)});
  tell_kept();
}

/// To those whose posts are stored by now.
void StudyActor::tell_kept() {
  while (!unkept_.empty() && unkept_.front().seq <= pipeline_.journal().committed()) {
    const auto& post = unkept_.front();
    if (auto at = trials_.find(post.attempt); at != trials_.end())
      tell(this, at->second, Kept{post.ticket, {}});
    unkept_.pop_front();
  }
  while (!steered_.empty() && steered_.front().first <= pipeline_.journal().committed()) {
    steered_.front().second({});
    steered_.pop_front();
  }
  while (!unshown_.empty() && unshown_.front().seq <= pipeline_.journal().committed()) {
    // Taken first: a callback that throws ends this actor, and must not be called again then.
    auto waiting = std::move(unshown_.front());
    unshown_.pop_front();
    shown_ = std::move(waiting.progress);
    waiting.show(shown_);
  }
}

void StudyActor::judged(const Verdict& verdict) {
  if (verdict.error) {
    act(command::Interrupt{study::EndOfStudy::error, verdict.error->message});
  } else if (!verdict.why.empty()) {
    // Sent to the trial when it is stored; until then the trial waits.
    act(command::RequestStop{verdict.trial, verdict.attempt, study::StopBy::rule, verdict.why});
    return;
  }
  if (auto at = trials_.find({verdict.trial, verdict.attempt}); at != trials_.end())
    tell(this, at->second, Judged{verdict.ticket, false});
}

/// An actor has failed. The algorithm and the rule are rebuilt from the facts; without the others
/// the study cannot continue.
void StudyActor::lost(const caf::actor_addr& whom) {
  bool is_algorithm = algorithm_ && algorithm_.address() == whom;
  bool is_rule = rule_ && rule_.address() == whom;
  if ((is_algorithm || is_rule) && ++restarts_ <= most_restarts) {
    base::log(LogLevel::warning,
              std::string(is_algorithm ? "the algorithm's" : "the stopping rule's") +
                  " actor broke; it is made again");
    if (is_algorithm) {
      auto host = parts_->services->rebuild_algorithm(engine_);
      if (!host)
        return act(command::Interrupt{study::EndOfStudy::error, host.error().message}), void();
      spawn_algorithm(*std::move(host));
      act(command::AskAgain{});
    } else {
      spawn_rule(parts_->services->rebuild_rule(engine_));
      // Trials that wait for a verdict of the old one get it from the new one.
      for (auto& [attempt, trial] : trials_)
        tell(this, rule_, Judge{attempt.first, attempt.second, ~std::uint64_t{0}});
    }
    return;
  }
  if (is_algorithm || is_rule) {
    act(command::Interrupt{study::EndOfStudy::error, "its actor broke again and again"});
  } else {
    const char* part = store_ && store_.address() == whom ? "the journal's"
                       : node_ && node_.address() == whom ? "the node's"
                                                          : "the scheduler's";
    fail({Errc::internal, std::string(part) + " actor broke"});
  }
}

Progress StudyActor::snapshot() const {
  auto p = feed::snapshot_of(
      engine_, parts_->planned,
      parts_->workers.listener ? std::optional(base::read_clocks().steady) : std::nullopt);
  if (parts_->launcher) {
    const auto waiting = parts_->launcher->waiting();
    for (auto& r : p.running)
      if (auto at = waiting.find({r.trial, r.attempt}); at != waiting.end()) r.waits = at->second;
  }
  p.elapsed = std::chrono::steady_clock::now() - began_;
  p.time_left = engine_.time_left(base::read_clocks().steady);
  auto ended_now = ended_trials(engine_) - ended_before_;
  if (p.total && ended_now > 0 && *p.total >= p.ended())
    p.remaining =
        p.elapsed * (static_cast<double>(*p.total - p.ended()) / static_cast<double>(ended_now));
  return p;
}

namespace {

template <class Part>
void dismiss(Part& part) {
  if (part) caf::anon_send_exit(part, caf::exit_reason::user_shutdown);
  part = Part{};
}

}  // namespace

void StudyActor::on_exit() {
  // Threads outside that wait for the result must not wait for ever.
  mailbox_->put(TeamResult{study::EndOfStudy::error,
                           "the study's actor broke",
                           Error{Errc::internal, "the study's actor broke"},
                           {},
                           {}});
  for (auto& [seq, done] : std::exchange(steered_, {}))
    done(Error{Errc::wrong_state, "the study ends"});
  for (auto& [seq, progress, show] : std::exchange(unshown_, {})) show(shown_);
  dismiss(node_);
  dismiss(scheduler_);
  runners_.clear();
  dismiss(algorithm_);
  dismiss(rule_);
  dismiss(store_);
  trials_.clear();
}

}  // namespace sherpa::actors
