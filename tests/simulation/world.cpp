#include "tests/simulation/world.hpp"

#include "core/base/text.hpp"
#include "core/study/fact_codec.hpp"
#include "core/study/lineage.hpp"
#include "tests/simulation/witness.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <sstream>

namespace sherpa::simulation {

namespace command = study::command;
namespace effect = study::effect;
using study::Answer;

namespace {

constexpr double patience =
    30'000;  // virtual seconds after the last fault within which a study must end
constexpr double promptly =
    5;  // virtual seconds within which a decision reaches whom a connection leads to

StudySetup setup_of(const Scenario& s) {
  StudySetup setup{.parameters = {Continuous{"x", {0.1, 1}, Scale::log}, Choice{"c", {1, 2}}},
                   .algorithm = s.algorithm,
                   .lower_is_better = s.lower_is_better,
                   .random_seed = s.seed};
  setup.stopping_rule = s.rule;
  setup.prune_checkpoints = s.prune;
  return setup;
}

/// A fact in a few words.
std::string summary(const study::Fact& any) {
  std::ostringstream out;
  std::visit(
      [&](const auto& f) {
        if constexpr (requires { f.trial; }) out << f.trial;
        if constexpr (requires { f.attempt; }) out << '.' << f.attempt;
        if constexpr (requires { f.iteration; })
          out << " iteration " << f.iteration << " objective " << f.objective;
        if constexpr (requires { f.origin; })
          out << " k " << f.origin.k << " h " << f.origin.horizon << " (" << f.configuration << ')';
        if constexpr (requires { f.end; })
          out << ' ' << base::name_of(f.end) << ' ' << f.detail.message;
        if constexpr (requires { f.status; }) out << ' ' << show(f.status);
        if constexpr (requires { f.worker.slots; })
          out << f.worker.name << ' ' << f.worker.incarnation;
        if constexpr (requires {
                        f.incarnation;
                        f.why;
                      })
          out << f.name << ' ' << f.incarnation << ' ' << f.why;
        if constexpr (requires { f.action; })
          out << base::name_of(f.action) << ' ' << f.max_concurrent;
        if constexpr (requires {
                        f.message;
                        f.why;
                      })
          out << base::name_of(f.why) << ' ' << f.message;
      },
      any);
  return out.str();
}

/// Gives facts back as a disk would: encoded and decoded.
class Coded final : public study::Store {
 public:
  explicit Coded(study::MemoryStore& inner) : inner_(inner) {}
  Result<void> commit(std::span<const study::Group> groups) override {
    return inner_.commit(groups);
  }
  Result<void> sync() override { return inner_.sync(); }
  Result<void> replay(const std::function<Result<void>(study::Entry&&)>& tell) override {
    return inner_.replay([&](study::Entry&& entry) -> Result<void> {
      study::StoredFact stored;
      study::encode(entry, false, stored);
      auto read = study::decode(stored);
      if (!read) return read.error();
      return tell(*std::move(read));
    });
  }

 private:
  study::MemoryStore& inner_;
};

std::string of(TrialId trial, AttemptId attempt) {
  return std::to_string(trial) + '.' + std::to_string(attempt);
}

}  // namespace

/// Sees every group as the learners of the study do, before them.
struct World::Listener final : study::FactListener {
  explicit Listener(World& world) : world(world) {}
  void learn(const study::Group& facts) override {
    world.checker_.applied(*facts);
    left.clear();
    for (const auto& entry : *facts) {
      world.trace_fact(entry);
      if (auto* stop = std::get_if<study::fact::StopRequested>(&entry.fact))
        world.stopped_[stop->trial] = world.now_;
      if (auto* gone = std::get_if<study::fact::WorkerLeft>(&entry.fact))
        left.insert(start_of(gone->name, gone->incarnation));
    }
    if (witnesses) witnesses->learn(facts);
    if (!world.complaint_.empty()) throw Violation(world.complaint_);
  }

  World& world;
  std::unique_ptr<study::Hosts> witnesses{};  // once the study is open
  std::set<std::string> left{};               // workers, by the last group
};

/// What a process of the coordinator holds, and what dies with it.
struct World::Coordinator {
  std::unique_ptr<Listener> listener;
  runtime::OpenStudy study;
  std::uint64_t life;
  bool commit_planned = false;

  const study::Engine& engine() const { return study.pipeline.engine(); }
  const study::Journal& journal() const { return study.pipeline.journal(); }
};

World::World(Scenario scenario, std::ostream* trace)
    : scenario_(std::move(scenario)),
      trace_(trace),
      random_(scenario_.seed, 2),
      checker_(scenario_) {
  last_fault_ = between(200, 3000);
}

World::~World() = default;

base::Now World::now() const {
  // Every process has a steady clock of its own, and wall clocks jump.
  auto steady = std::chrono::duration_cast<base::Duration>(
      std::chrono::duration<double>(now_ + 1000.0 * static_cast<double>(life_)));
  return {steady, static_cast<std::int64_t>(now_ * 1e6) -
                      static_cast<std::int64_t>(1'000'000 * (life_ % 3))};
}

void World::at(Time delay, std::function<void()> what) {
  events_.push({now_ + delay, ++order_, std::move(what)});
}

void World::trace_fact(const study::Entry& entry) {
  if (trace_)
    trace("fact " + std::to_string(entry.seq) + ' ' +
          std::string(study::fact_names[entry.fact.index()]) + ' ' + summary(entry.fact));
}

void World::trace(const std::string& line) {
  if (trace_) *trace_ << now_ << ' ' << line << '\n';
}

void World::run() {
  for (int m = 0; m < scenario_.workers; ++m)
    machines_.push_back({.name = scenario_.local ? "local" : "node" + std::to_string(m)});
  start_coordinator();
  for (std::size_t m = 0; m < machines_.size() && !scenario_.local; ++m) start_machine(m);
  std::function<void()> tick = [&] {
    if (coordinator_) tell(command::Tick{});
    for (std::size_t m = 0; m < machines_.size(); ++m) {
      Machine& machine = machines_[m];
      if (!machine.up || scenario_.local) continue;
      if (machine.connected)
        send(m, [this, m, incarnation = machine.incarnation] { live(m, incarnation); });
      for (auto& [id, attempt] : machine.attempts) send_all(m, id);  // again, until acknowledged
    }
    meddle();
    at(5, tick);
  };
  at(5, tick);

  while (!over_) {
    auto event = events_.top();
    events_.pop();
    now_ = event.when;
    if (now_ > last_fault_ + patience)
      throw Violation("the study never ends; the coordinator's state:\n" +
                      (coordinator_ ? coordinator_->engine().describe() : "dead"));
    event.what();
    ++counts_.events;
    if (coordinator_ && random_.chance(0.02)) checker_.compare(coordinator_->engine());
  }
  checker_.finished(coordinator_->engine());
  counts_.trials = coordinator_->engine().ledger()->trials();
  counts_.facts = checker_.facts().size();
}

// ---------------------------------------------------------------------------------------------------------------------
// The coordinator.

void World::open_study() {
  Coded disk(store_);
  auto listener = std::make_unique<Listener>(*this);
  runtime::DriverOptions options{
      .prefetch = scenario_.prefetch, .limits = scenario_.limits, .listener = listener.get()};
  options.token = [this](const std::string&, TrialId trial, AttemptId attempt) {
    auto secret = "token " + of(trial, attempt) + ' ' + std::to_string(++tokens_);
    return study::Token{secret, "hash of " + secret};
  };
  auto opened = runtime::open_study(setup_of(scenario_), options, &disk, now());
  if (!opened) throw Violation("the study does not open: " + opened.error().message);
  coordinator_ =
      std::make_unique<Coordinator>(Coordinator{std::move(listener), std::move(*opened), life_});
  const study::Engine& engine = coordinator_->engine();
  checker_.compare(engine);
  auto witnesses = std::make_unique<study::Hosts>(
      std::make_unique<study::AlgorithmHost>("witness", std::make_unique<Witness>(complaint_),
                                             coordinator_->study.space, scenario_.lower_is_better,
                                             scenario_.seed, 0, engine.ledger()),
      std::make_unique<study::RuleHost>("witness", std::make_unique<Witness>(complaint_),
                                        engine.ledger()));
  engine.ledger()->retell([&](const study::Entry& entry) {
    witnesses->algorithm->learn(entry);
    witnesses->rule->learn(entry);
  });
  if (!complaint_.empty()) throw Violation(complaint_);
  coordinator_->listener->witnesses = std::move(witnesses);
}

void World::start_coordinator() {
  ++life_;
  ++counts_.restarts;
  trace("coordinator starts, life " + std::to_string(life_));
  open_study();
  let_out(std::move(coordinator_->study.released));
  last_life_.clear();
  for (const auto& start : checker_.leased()) last_life_[start] = now_;
  if (coordinator_->engine().ended() && !coordinator_->journal().has_untaken()) {
    // It had ended, and died before it reported that.
    over_ = true;
    return;
  }
  if (coordinator_->study.question) ask(*coordinator_->study.question);
  commit_soon();
  if (scenario_.local) start_machine(0);
  for (std::size_t m = 0; m < machines_.size() && !scenario_.local; ++m)
    if (machines_[m].up) at(between(0.1, 20), [this, m] { connect(m); });
}

void World::kill_coordinator(const std::string& why) {
  trace("coordinator dies: " + why);
  coordinator_.reset();
  unsettled_.clear();
  checker_.rolled_back_to(store_);
  if (scenario_.local) machines_[0].attempts.clear();
  for (auto& machine : machines_) machine.connected = false;
  at(between(0.5, 100), [this] { start_coordinator(); });
}

/// Hands a command to the living coordinator; a dead one receives nothing.
template <class Command>
Answer World::tell(const Command& command) {
  if (!coordinator_) return {};
  coordinator_->listener->left.clear();
  const auto before = life_before(command);
  auto step = coordinator_->study.pipeline.handle(command, now());
  note_life(command, step.answer, before);
  commit_soon();
  if (step.question) ask(*step.question);
  let_out(std::move(step.released));
  return step.answer;
}

/// The starts of workers that a command concerns, before it is carried out.
template <class Command>
std::set<std::string> World::life_before(const Command& command) const {
  if constexpr (std::same_as<Command, command::Tick>) return checker_.leased();
  if constexpr (requires { command.token_hash; }) return {checker_.worker_of(command.trial)};
  return {};
}

/// Leases: a worker that gives signs of life stays, and one that does not leaves.
template <class Command>
void World::note_life(const Command& command, const Answer& answer,
                      const std::set<std::string>& before) {
  if constexpr (std::same_as<Command, command::Join>) {
    if (answer.kind == Answer::Kind::accepted)
      last_life_[start_of(command.worker.name, command.worker.incarnation)] = now_;
  } else if constexpr (std::same_as<Command, command::Alive>) {
    last_life_[start_of(command.worker, command.incarnation)] = now_;
  } else if constexpr (requires { command.token_hash; }) {
    if (answer.kind != Answer::Kind::superseded) last_life_[*before.begin()] = now_;
  } else if constexpr (std::same_as<Command, command::Tick>) {
    double lease = static_cast<double>(checker_.lease_ms()) / 1000;
    const auto& left = coordinator_->listener->left;
    for (const auto& start : before) {
      double silent = now_ - last_life_.at(start);
      if (silent > lease + 0.001 && !left.contains(start))
        throw Violation("the lease of " + start + " never expires");
      if (silent < lease - 0.001 && left.contains(start))
        throw Violation("the lease of " + start + " expires too early");
    }
  }
}

/// The algorithm answers from what it has learned when it is asked, however long it takes.
void World::ask(const study::Ask& ask) {
  auto& study = coordinator_->study;
  const auto& engine = coordinator_->engine();
  auto answer = study.hosts->algorithm->suggest(ask);
  if (ask.k == engine.issued_by_algorithm() + 1 && random_.chance(0.3)) {
    checker_.check_replay(engine);
    auto fresh = runtime::build_algorithm(scenario_.algorithm, study.space, engine);
    auto same = (*fresh)->suggest(ask);
    auto text = [](const command::Suggested& s) {
      if (auto* c = std::get_if<study::Chosen>(&s.answer)) return base::to_text(c->configuration);
      return "answer " + std::to_string(s.answer.index());
    };
    if (text(answer) != text(same))
      throw Violation("6: after a restart suggestion " + std::to_string(ask.k) +
                      " would be another one: " + text(answer) + " / " + text(same));
  }
  auto delay = chance(scenario_.slow_algorithm) ? between(0, 100) : between(0, 0.01);
  at(delay, [this, answer, life = life_] {
    if (coordinator_ && coordinator_->life == life) tell(answer);
  });
}

void World::commit_soon() {
  if (coordinator_->commit_planned || !coordinator_->journal().has_untaken()) return;
  coordinator_->commit_planned = true;
  at(between(0, 0.2), [this, life = life_] {
    if (coordinator_ && coordinator_->life == life) commit();
  });
}

/// One batch goes to the store; the coordinator may die before, within, or after.
void World::commit() {
  coordinator_->commit_planned = false;
  auto& pipeline = coordinator_->study.pipeline;
  auto batch = pipeline.take();
  if (batch.empty()) return;
  checker_.stores(batch.groups, store_);
  if (chance(scenario_.coordinator_dies)) {
    auto kept = random_.below(batch.groups.size() + 1);  // whole groups, in order
    store_.commit(std::span(batch.groups).first(kept)).or_throw();
    return kill_coordinator("at a commit, with " + std::to_string(kept) + " of " +
                            std::to_string(batch.groups.size()) + " groups stored");
  }
  if (chance(scenario_.disk_fails)) {
    trace("the disk fails");
    Error full{Errc::store, "disk full"};
    let_out(pipeline.stored(batch, full));
    auto before = checker_.facts().size();
    auto refused = pipeline.handle(command::Tick{}, now());
    if (refused.answer.kind != Answer::Kind::refused || checker_.facts().size() != before)
      throw Violation("a poisoned engine continues");
    return kill_coordinator("disk full");
  }
  store_.commit(batch.groups).or_throw();
  at(between(0, 0.05), [this, batch, life = life_] {
    if (!coordinator_ || coordinator_->life != life) return;
    let_out(coordinator_->study.pipeline.stored(batch, {}));
    if (!coordinator_) return;
    over_ = coordinator_->engine().ended() && coordinator_->journal().pending() == 0;
    commit_soon();
  });
}

void World::let_out(std::vector<study::Effect> effects) {
  for (auto& any : effects) {
    if (!coordinator_) return;
    checker_.leaves(any, store_);
    if (auto* start = std::get_if<effect::Start>(&any)) {
      auto m = machine_of(start->worker);
      send_back(m, [this, m, start = *start, session = machines_[m].session] {
        const Machine& machine = machines_[m];
        // A start is sent once, and nothing arrives over a connection that has ended: without this,
        // one that came late would repeat an attempt that the machine has ended already.
        const bool same = scenario_.local || (machine.connected && machine.session == session);
        if (same && std::to_string(machine.incarnation) == start.incarnation)
          start_attempt(m, start);
      });
    } else if (auto* stop = std::get_if<effect::Stop>(&any)) {
      auto m = machine_of(stop->worker);
      send_back(m, [this, m, stop = *stop] {
        auto at = machines_[m].attempts.find({stop.trial, stop.attempt});
        if (at == machines_[m].attempts.end()) {  // it may have overtaken the start
          if (stop.why != study::StopWhy::superseded)
            machines_[m].stopped_before[{stop.trial, stop.attempt}] = stop.why;
          return;
        }
        if (stop.why == study::StopWhy::superseded) {
          machines_[m].attempts.erase(at);
        } else {
          at->second.stop_why = stop.why;
        }
      });
    } else if (auto* ack = std::get_if<effect::Acknowledge>(&any)) {
      for (std::size_t m = 0; m < machines_.size(); ++m)
        if (auto at = machines_[m].attempts.find({ack->trial, ack->attempt});
            at != machines_[m].attempts.end())
          send_back(m, [this, m, ack = *ack] {
            auto found = machines_[m].attempts.find({ack.trial, ack.attempt});
            if (found == machines_[m].attempts.end()) return;
            auto& waiting = found->second.unacknowledged;
            waiting.erase(waiting.begin(), waiting.upper_bound(ack.batch));
          });
    } else if (auto* ended = std::get_if<effect::Ended>(&any)) {
      unsettled_.erase({ended->trial, ended->attempt});
      for (std::size_t m = 0; m < machines_.size(); ++m)
        send_back(m, [this, m, ended = *ended] {
          machines_[m].attempts.erase({ended.trial, ended.attempt});
        });
    } else if (auto* finished = std::get_if<effect::Finished>(&any)) {
      trace("finished: " + std::string(base::name_of(finished->why)) + ' ' + finished->message);
      if (finished->why == study::EndOfStudy::cancelled) kill_coordinator("it was interrupted");
    }
  }
}

/// The rule judges what it has learned up to now; its verdict takes its time.
void World::judge(TrialId trial, AttemptId attempt) {
  auto& study = coordinator_->study;
  if (!study.hosts->rule) return;
  const auto& engine = coordinator_->engine();
  auto why = study.hosts->rule->verdict(trial).or_throw();
  if (random_.chance(0.1)) {
    checker_.check_replay(engine);
    auto fresh = runtime::build_rule(*scenario_.rule, engine)->verdict(trial).or_throw();
    if (fresh.empty() != why.empty())
      throw Violation("6: after a restart the verdict on trial " + std::to_string(trial) +
                      " would be another one");
  }
  if (why.empty()) return;
  at(between(0, 2), [this, trial, attempt, why, life = life_] {
    if (coordinator_ && coordinator_->life == life)
      stop({trial, attempt, study::StopBy::rule, why});
  });
}

/// An attempt that is to stop and has not ended is not forgotten.
void World::stop(const command::RequestStop& stop) {
  bool open =
      stop.attempt == 0 ? !checker_.ended(stop.trial) : checker_.open(stop.trial, stop.attempt);
  tell(stop);
  if (open && !checker_.stop_requested(stop.trial))
    throw Violation("the stop of trial " + std::to_string(stop.trial) + " is forgotten");
}

/// A user who steers.
void World::meddle() {
  if (!coordinator_) return;
  if (coordinator_->engine().paused() && (!faulty() || random_.chance(0.3)))
    tell(command::Resume{"a user"});
  if (!chance(scenario_.steering * 5)) return;
  auto trials = coordinator_->engine().ledger()->trials();
  switch (random_.below(6)) {
    case 0: tell(command::Pause{"a user"}); break;
    case 1:
      tell(command::LimitConcurrency{1 + static_cast<std::uint32_t>(random_.below(4)), "a user"});
      break;
    case 2:
    case 3: {
      Random own(random_.bits());
      auto configuration = coordinator_->study.space.sample(own);
      if (!coordinator_->engine().ended()) tell(command::Enqueue{configuration, "a user"});
      break;
    }
    case 4:
      if (trials > 0) stop({1 + random_.below(trials), 0, study::StopBy::person, "a user"});
      break;
    default:
      trace("interrupted");
      tell(command::Interrupt{study::EndOfStudy::cancelled, "interrupted"});
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The machines.

std::size_t World::machine_of(const std::string& name) const {
  for (std::size_t m = 0; m < machines_.size(); ++m)
    if (machines_[m].name == name) return m;
  throw Violation("an effect for worker '" + name + "', which there is not");
}

void World::start_machine(std::size_t m) {
  Machine& machine = machines_[m];
  machine.up = true;
  ++machine.incarnation;
  machine.session = 0;
  machine.attempts.clear();
  machine.stopped_before.clear();
  trace(machine.name + " starts");
  connect(m);
}

void World::kill_machine(std::size_t m) {
  trace(machines_[m].name + " dies");
  machines_[m].up = machines_[m].connected = false;
  machines_[m].attempts.clear();
  at(random_.chance(0.2) ? between(200, 3000) : between(1, 200), [this, m] { start_machine(m); });
}

void World::connect(std::size_t m) {
  Machine& machine = machines_[m];
  if (!machine.up || machine.connected || !coordinator_) return;
  machine.connected = true;
  machine.since = now_;
  machine.silent_until = 0;
  command::Join join{.worker = {machine.name,
                                std::to_string(machine.incarnation),
                                scenario_.slots,
                                {},
                                !scenario_.local},
                     .running = {},
                     .session = ++machine.session};
  for (const auto& [id, attempt] : machine.attempts) join.running.push_back(id);
  trace(machine.name + " connects, session " + std::to_string(machine.session));
  auto answer = tell(join);
  if (answer.kind == Answer::Kind::refused) {  // taken out of use: somebody repairs it
    kill_machine(m);
    return;
  }
  if (!scenario_.local && chance(scenario_.duplicated))
    at(between(0, 50), [this, join] { tell(join); });
}

/// A sign of life. A machine that was silent for longer than its lease learns of it so.
void World::live(std::size_t m, std::uint64_t incarnation) {
  Machine& machine = machines_[m];
  auto answer = tell(command::Alive{machine.name, std::to_string(incarnation)});
  if (answer.kind != Answer::Kind::superseded || machine.incarnation != incarnation ||
      !machine.connected)
    return;
  trace(machine.name + " learns that it had been lost");
  machine.connected = false;
  connect(m);
}

/// A cable is out, or a process suspended: the connection holds.
void World::silence(std::size_t m) {
  machines_[m].silent_until = machines_[m].since = now_ + between(1, 300);
  trace(machines_[m].name + " is silent");
}

void World::disconnect(std::size_t m) {
  if (!machines_[m].connected) return;
  machines_[m].connected = false;
  trace(machines_[m].name + " loses its connection");
  at(chance(0.3) ? between(50, 300) : between(0.1, 30),
     [this, m] { connect(m); });  // at times longer than its lease
}

void World::send(std::size_t m, std::function<void()> deliver) {
  ++counts_.messages;
  if (scenario_.local) return at(0, std::move(deliver));
  if (!machines_[m].connected) return;  // it will be sent again
  if (chance(scenario_.lost)) return;
  auto delay = held(m) + (chance(scenario_.late) ? between(1, 200) : between(0.001, 0.1));
  if (chance(scenario_.duplicated)) at(between(0.001, 300), deliver);
  at(delay, std::move(deliver));
}

void World::send_back(std::size_t m, std::function<void()> deliver) {
  ++counts_.messages;
  if (scenario_.local) return at(0, std::move(deliver));
  if (!machines_[m].connected) return;
  if (chance(scenario_.lost))
    return disconnect(m);  // a connection does not lose a message without breaking
  if (chance(scenario_.duplicated)) at(between(0.001, 300), deliver);
  at(held(m) + between(0.001, 0.1), std::move(deliver));
}

/// The last iteration that the study has of a trial. A program saves a state once its reports are
/// stored (Trial::publish), so no checkpoint is ahead of them, also after a coordinator died.
std::int64_t World::last_reported(TrialId trial) const {
  std::int64_t last = 0;
  for (const auto& entry : checker_.facts())
    if (auto* seen = std::get_if<study::fact::Observation>(&entry.fact);
        seen && seen->trial == trial)
      last = std::max(last, seen->iteration);
  return last;
}

void World::start_attempt(std::size_t m, const effect::Start& start) {
  Machine& machine = machines_[m];
  std::pair id(start.trial, start.attempt);
  if (!machine.up || machine.attempts.contains(id)) return;
  if (!checker_.open(start.trial, start.attempt))
    return;  // a repetition that came too late; a worker remembers what it has run
  Attempt attempt{.trial = start.trial,
                  .attempt = start.attempt,
                  .token_hash = start.token.empty() ? "" : "hash of " + start.token,
                  .configuration = start.configuration};
  if (auto stop_why = machine.stopped_before.find(id); stop_why != machine.stopped_before.end())
    attempt.stop_why = stop_why->second;
  // Its own checkpoint says how far it is; that of another trial is where its training begins.
  if (start.load && start.load->starts_with("checkpoints/" + std::to_string(start.trial) + '/'))
    attempt.next = 1 + std::min(saved_.at(*start.load), last_reported(start.trial));
  trace(machine.name + " runs " + of(start.trial, start.attempt) + " from iteration " +
        std::to_string(attempt.next));
  machine.attempts.emplace(id, std::move(attempt));
  at(between(0.1, 10),
     [this, m, incarnation = machine.incarnation, id] { step_attempt(m, incarnation, id); });
}

/// The training continues by one iteration, or ends.
void World::step_attempt(std::size_t m, std::uint64_t incarnation,
                         std::pair<TrialId, AttemptId> id) {
  Machine& machine = machines_[m];
  if (!machine.up || machine.incarnation != incarnation) return;
  auto found = machine.attempts.find(id);
  if (found == machine.attempts.end() || found->second.end) return;
  Attempt& attempt = found->second;
  if (chance(scenario_.worker_dies) && !scenario_.local) return kill_machine(m);
  if (chance(scenario_.connection_breaks) && !scenario_.local) {
    if (random_.chance(0.2)) {
      silence(m);
    } else {
      disconnect(m);
    }
  }
  if (chance(scenario_.rogue)) try_made_up_token(id, attempt);
  if (!attempt.stop_why && coordinator_ && machine.connected &&
      checker_.open(id.first, id.second) && checker_.stop_requested(id.first) &&
      now_ - std::max(machine.since, stopped_[id.first]) > promptly)
    throw Violation("the stop of trial " + std::to_string(id.first) + " does not reach it");
  if (attempt.stop_why) return end_attempt(m, attempt, study::End::completed, "");
  if (fails(scenario_, attempt.configuration) && attempt.next > scenario_.iterations / 2)
    return end_attempt(m, attempt, study::End::failed, "the objective threw");
  if (chance(scenario_.attempt_preempted))
    return end_attempt(m, attempt, study::End::preempted, "");
  if (attempt.next > scenario_.iterations)
    return end_attempt(m, attempt, study::End::completed, "");
  report_next(m, id, attempt);
  if (chance(scenario_.checkpoints)) {
    command::Publish publish{id.first, id.second, attempt.token_hash,
                             study::checkpoint_directory(id.first, id.second), attempt.batches};
    send(m, [this, publish, last = attempt.next - 1] {
      saved_[publish.directory] = last;
      tell(publish);
    });
  }
  at(between(0.1, 10), [this, m, incarnation, id] { step_attempt(m, incarnation, id); });
}

/// Nobody but the attempt, which knows its token, observes and ends.
void World::try_made_up_token(std::pair<TrialId, AttemptId> id, const Attempt& attempt) {
  auto made_up = tell(command::Observe{
      id.first, id.second, "a made-up token", attempt.batches + 1, {{-1e9, attempt.next, {}}}});
  if (coordinator_ && made_up.kind == Answer::Kind::accepted)
    throw Violation("a made-up token is accepted");
  made_up = tell(command::EndAttempt{
      id.first, id.second, "a made-up token", 0, study::End::completed, {}, {}, {}});
  if (coordinator_ && made_up.kind == Answer::Kind::accepted)
    throw Violation("a made-up token ends an attempt");
}

/// One observation more: over the network in a batch.
void World::report_next(std::size_t m, std::pair<TrialId, AttemptId> id, Attempt& attempt) {
  const Machine& machine = machines_[m];
  Observation seen{objective_of(scenario_, attempt.configuration, attempt.next), attempt.next,
                   context_of(scenario_, attempt.configuration, attempt.next)};
  ++attempt.next;
  if (scenario_.local) {
    auto answer = tell(command::Observe{id.first, id.second, attempt.token_hash, 0, {seen}});
    if (answer.kind == Answer::Kind::refused)
      throw Violation("an observation is refused: " + answer.error.message);
    if (coordinator_) judge(id.first, id.second);
  } else {
    // A batch of one, or more of them where the last has not been sent.
    bool join_last = !attempt.unacknowledged.empty() && !machine.connected && random_.chance(0.5) &&
                     attempt.unacknowledged.rbegin()->second.size() < 3;
    if (join_last && !sent_.contains({m, machine.incarnation, id, attempt.batches})) {
      attempt.unacknowledged.rbegin()->second.push_back(seen);
    } else {
      attempt.unacknowledged[++attempt.batches] = {seen};
    }
    send_all(m, id);
  }
}

void World::end_attempt(std::size_t m, Attempt& attempt, study::End end,
                        const std::string& message) {
  study::Detail detail;
  detail.message = message;
  attempt.end =
      command::EndAttempt{attempt.trial, attempt.attempt, attempt.token_hash, attempt.batches,
                          end,           detail,          attempt.stop_why,   {}};
  send_all(m, {attempt.trial, attempt.attempt});
}

/// Everything of an attempt that is not acknowledged.
void World::send_all(std::size_t m, std::pair<TrialId, AttemptId> id) {
  Machine& machine = machines_[m];
  auto found = machine.attempts.find(id);
  if (found == machine.attempts.end()) return;
  Attempt& attempt = found->second;
  auto incarnation = machine.incarnation;
  for (const auto& [batch, observations] : attempt.unacknowledged) {
    if (machine.connected) sent_.insert({m, incarnation, id, batch});
    send(m, [this, m, incarnation, id,
             observe =
                 command::Observe{id.first, id.second, attempt.token_hash, batch, observations}] {
      if (unsettled_.contains(id)) return;
      auto answer = tell(observe);
      if (coordinator_ && answer.kind == Answer::Kind::accepted) judge(id.first, id.second);
      deliver_answer(m, incarnation, id, answer);
    });
  }
  if (attempt.end)
    send(m, [this, m, incarnation, id, end = *attempt.end] {
      if (unsettled_.contains(id)) return;
      auto answer = tell(end);
      if (coordinator_ && answer.kind == Answer::Kind::accepted) unsettled_.insert(id);
      deliver_answer(m, incarnation, id, answer);
    });
}

void World::deliver_answer(std::size_t m, std::uint64_t incarnation,
                           std::pair<TrialId, AttemptId> id, const Answer& answer) {
  if (!coordinator_) return;
  if (answer.kind == Answer::Kind::refused) throw Violation("refused: " + answer.error.message);
  if (answer.kind != Answer::Kind::superseded) return;
  send_back(m, [this, m, incarnation, id] {
    if (machines_[m].incarnation == incarnation) machines_[m].attempts.erase(id);
  });
}

}  // namespace sherpa::simulation
