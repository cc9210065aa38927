#include "actors/trial_channel.hpp"
#include "actors/worker_admission.hpp"
#include "core/space/access.hpp"
#include "core/study/memory_store.hpp"
#include "runtime/coordinator/open_study.hpp"
#include "runtime/worker/worker_session.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/simulated_link.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <set>

// The code of both ends of the link, as it is, in one thread and in virtual time: connections
// break, the network is cut for longer than a lease, workers and the coordinator are killed.
// Whatever happens, nothing that was measured is lost, and the budget is exact.
namespace sherpa {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
namespace command = study::command;
namespace effect = study::effect;
using std::chrono::milliseconds;
using study::Answer;

constexpr int iterations = 12;
constexpr std::uint64_t budget = 12;

/// What the actors are elsewhere: carries between the pipeline, the channels and the reception.
class Coordinator : private study::FactListener {
 public:
  using Attempt = std::pair<TrialId, AttemptId>;

  Coordinator(VirtualTimers& timers, SimulatedNetwork& network, study::MemoryStore& store,
              const StudySetup& setup, std::uint64_t epoch)
      : timers_(timers), store_(store), listener_(network.make_listener()) {
    runtime::DriverOptions options{.prefetch = 0, .limits = {}};
    options.limits.lease_ms = 10'000;
    options.limits.max_concurrent = 0;
    options.limits.retry.lost.reset();
    options.token = [epoch](const std::string&, TrialId trial, AttemptId attempt) {
      auto secret =
          std::to_string(trial) + "." + std::to_string(attempt) + "/" + std::to_string(epoch);
      return study::Token{secret, "hash of " + secret};
    };
    study_ = runtime::open_study(setup, options, &store, now()).or_throw();
    study_->pipeline.add_listener(*this);
    link::Welcome welcome;
    welcome.study = engine().study().uuid;
    welcome.epoch = epoch;
    welcome.judged = study_->hosts->rule != nullptr;
    actors::PeerEvents events;
    events.here = [this](const auto& name, const auto& incarnation, auto session, auto launcher) {
      later([this, name, incarnation, session, launcher] {
        here(name, incarnation, session, launcher);
      });
    };
    events.alive = [this](const auto& name, const auto& incarnation) {
      later([this, name, incarnation] {
        if (tell(command::Alive{name, incarnation}).kind == Answer::Kind::superseded)
          gone(name, incarnation);
      });
    };
    events.drains = [this](const auto& name, const auto& incarnation, const auto&) {
      later([this, name, incarnation] { tell(command::Drain{name, incarnation}); });
    };
    events.lost = [this](const auto& name, const auto& incarnation, auto session, auto why,
                         const auto&) {
      if (why != link::Loss::closed) return;
      timers_.after(500ms, [this, alive = std::weak_ptr(alive_), name, incarnation, session] {
        if (alive.expired()) return;
        auto at = peers_.find(name);
        if (at == peers_.end() || at->second.incarnation != incarnation ||
            at->second.session != session)
          return;
        auto launcher = at->second.launcher.lock();
        if (launcher && !launcher->connected()) leave(name, incarnation, study::End::lost);
      });
    };
    events.leaves = [this](const auto& name, const auto& incarnation, auto goodbye) {
      later([this, name, incarnation, goodbye] { leave(name, incarnation, goodbye.end); });
    };
    reception_ = std::make_shared<actors::WorkerAdmission>(actors::Workers{.welcome = welcome},
                                                           std::move(events));
    listener_->open([reception = reception_](const link::Hello& hello,
                                             const std::shared_ptr<link::Connection>& connection) {
      return reception->greet(hello, connection);
    });
    if (study_->question) ask(*study_->question);
    commit_soon();
    tick();
  }
  ~Coordinator() override {
    alive_.reset();
    listener_.reset();
  }

  const study::Engine& engine() const { return study_->pipeline.engine(); }
  bool stored() { return journal().committed() > 0; }
  bool over() { return engine().ended() && journal().pending() == 0; }

 private:
  struct Peer {
    std::string incarnation;
    std::uint64_t session = 0;
    std::weak_ptr<link::RemoteLauncher> launcher;
    std::map<Attempt, std::shared_ptr<actors::TrialChannel>> lines;
  };

  const study::Journal& journal() const { return study_->pipeline.journal(); }
  base::Now now() const { return {timers_.now(), timers_.now().count() * 1000}; }
  void later(std::function<void()> what, milliseconds delay = 0ms) {
    timers_.after(delay, [alive = std::weak_ptr(alive_), what = std::move(what)] {
      if (!alive.expired()) what();
    });
  }
  void tick() {
    tell(command::Tick{});
    later([this] { tick(); }, 100ms);
  }
  void ask(const study::Ask& ask) {
    later([this, answer = study_->hosts->algorithm->suggest(ask)] { tell(answer); });
  }

  template <class Command>
  Answer tell(const Command& command) {
    auto step = study_->pipeline.handle(command, now());
    if (step.question) ask(*step.question);
    let_out(std::move(step.released));
    commit_soon();
    return step.answer;
  }
  void learn(const study::Group& facts) override {
    for (const auto& entry : *facts)
      if (auto* left = std::get_if<study::fact::WorkerLeft>(&entry.fact))
        later([this, left = *left] { gone(left.name, left.incarnation); });
  }
  void commit_soon() {
    auto batch = study_->pipeline.take();
    if (batch.empty()) return;
    later(
        [this, batch] {
          store_.commit(batch.groups).or_throw();
          later([this, batch] {
            let_out(study_->pipeline.stored(batch, {}));
            tell_kept();
            commit_soon();
          });
        },
        milliseconds(2));
  }

  void here(const std::string& name, const std::string& incarnation, std::uint64_t session,
            const std::shared_ptr<link::RemoteLauncher>& launcher) {
    auto& peer = peers_[name];
    if (peer.launcher.lock() != launcher) peer = {};
    peer.incarnation = incarnation;
    peer.session = session;
    peer.launcher = launcher;
    command::Join join{launcher->worker(), {}, launcher->session()};
    for (const auto& start : launcher->running()) {
      Attempt attempt{start.trial, start.attempt};
      if (!peer.lines.contains(attempt)) launcher->adopt(start, open_channel(peer, start));
      join.running.push_back(attempt);
    }
    if (tell(join).kind == Answer::Kind::refused) gone(name, incarnation);
  }
  std::shared_ptr<actors::TrialChannel> open_channel(Peer& peer, const effect::Start& start) {
    auto channel = std::make_shared<actors::TrialChannel>(
        start.trial, start.attempt, "hash of " + start.token, study_->hosts->rule != nullptr);
    channel->connect([this, weak = std::weak_ptr(channel), name = peer_name(peer)] {
      later([this, weak, name] {
        if (auto channel = weak.lock()) carry(name, channel);
      });
    });
    peer.lines[{start.trial, start.attempt}] = channel;
    return channel;
  }
  std::string peer_name(const Peer& peer) const {
    for (const auto& [name, one] : peers_)
      if (&one == &peer) return name;
    return {};
  }
  void leave(const std::string& name, const std::string& incarnation, study::End end) {
    tell(command::Leave{name, incarnation, "it left", end});
    gone(name, incarnation);
  }
  void gone(const std::string& name, const std::string& incarnation) {
    auto at = peers_.find(name);
    if (at == peers_.end() || at->second.incarnation != incarnation) return;
    if (auto launcher = at->second.launcher.lock()) launcher->say(link::JoinAgain{"it was lost"});
    reception_->forget(name, incarnation);
    auto lines = std::move(at->second.lines);
    peers_.erase(at);
    for (auto& [attempt, channel] : lines) channel->cut();
  }

  void carry(const std::string& name, const std::shared_ptr<actors::TrialChannel>& channel) {
    auto news = channel->take();
    const Attempt attempt{channel->trial(), channel->attempt()};
    for (auto& said : news.said) {
      auto answer = tell(command::Observe{attempt.first, attempt.second, channel->token_hash(),
                                          said.batch, std::move(said.observations)});
      ASSERT_NE(answer.kind, Answer::Kind::early) << "a batch went missing";
      ASSERT_NE(answer.kind, Answer::Kind::refused) << answer.error.message;
      if (answer.kind == Answer::Kind::superseded) {
        channel->cut();
        continue;
      }
      unkept_.push_back({engine().last_seq(), channel, said.ticket});
      auto why = study_->hosts->rule ? study_->hosts->rule->verdict(attempt.first).or_throw()
                                     : std::string();
      if (why.empty()) {
        channel->judged(said.ticket);
      } else {
        tell(command::RequestStop{attempt.first, attempt.second, study::StopBy::rule, why});
      }
    }
    tell_kept();
    if (!news.said.empty()) carry_soon(name, channel);  // its end may have waited for this
    if (news.end) {
      auto answer = tell(*news.end);
      if (auto at = peers_.find(name); at != peers_.end()) {
        at->second.lines.erase(attempt);
        auto launcher = at->second.launcher.lock();
        if (answer.kind == Answer::Kind::superseded && launcher)
          launcher->settled(attempt.first, attempt.second);
      }
    }
  }
  void carry_soon(const std::string& name, const std::shared_ptr<actors::TrialChannel>& channel) {
    later([this, name, channel] { carry(name, channel); });
  }
  void tell_kept() {
    while (!unkept_.empty() && unkept_.front().seq <= journal().committed()) {
      auto one = unkept_.front();
      unkept_.pop_front();
      one.channel->kept(one.ticket, {});
    }
  }
  void let_out(std::vector<study::Effect> effects) {
    for (auto& any : effects) {
      if (auto* start = std::get_if<effect::Start>(&any)) {
        auto at = peers_.find(start->worker);
        if (at == peers_.end() || at->second.incarnation != start->incarnation) continue;
        if (auto launcher = at->second.launcher.lock())
          launcher->launch(*start, open_channel(at->second, *start));
      } else if (auto* stop = std::get_if<effect::Stop>(&any)) {
        auto at = peers_.find(stop->worker);
        if (at == peers_.end() || at->second.incarnation != stop->incarnation) continue;
        auto channel = at->second.lines.find({stop->trial, stop->attempt});
        if (channel != at->second.lines.end()) {
          auto kept = channel->second;
          stop->why == study::StopWhy::superseded ? kept->cut() : kept->stop(stop->why);
          carry_soon(stop->worker, kept);
        }
        auto launcher = at->second.launcher.lock();
        if (launcher && stop->why == study::StopWhy::superseded)
          launcher->superseded(stop->trial, stop->attempt);
      } else if (auto* ended = std::get_if<effect::Ended>(&any)) {
        auto at = peers_.find(ended->worker);
        if (at == peers_.end()) continue;
        if (auto launcher = at->second.launcher.lock())
          launcher->settled(ended->trial, ended->attempt);
      }
    }
  }

  struct Unkept {
    study::Seq seq;
    std::shared_ptr<actors::TrialChannel> channel;
    std::uint64_t ticket;
  };
  VirtualTimers& timers_;
  study::MemoryStore& store_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  std::unique_ptr<link::Listener> listener_;
  std::optional<runtime::OpenStudy> study_;
  std::shared_ptr<actors::WorkerAdmission> reception_;
  std::map<std::string, Peer> peers_;
  std::deque<Unkept> unkept_;
};

/// Trains in virtual time, an iteration now and then.
class Training final : public study::Launcher {
 public:
  Training(VirtualTimers& timers, study::Worker worker, std::uint64_t seed)
      : timers_(timers), worker_(std::move(worker)), random_(seed, 9) {}

  study::Worker worker() const override { return worker_; }
  void launch(effect::Start start, std::shared_ptr<study::TrialChannel> channel) override {
    auto stop_why = std::make_shared<std::optional<study::StopWhy>>();
    channel->on_stop([stop_why](study::StopWhy why) { *stop_why = why; });
    step(1, start.configuration.get<double>("x"), std::move(channel), stop_why);
  }

 private:
  void step(int i, double x, std::shared_ptr<study::TrialChannel> channel,
            std::shared_ptr<std::optional<study::StopWhy>> stop_why) {
    timers_.after(milliseconds(1 + random_.below(i % 4 == 0 ? 2000 : 3)),
                  [this, alive = std::weak_ptr(alive_), i, x, channel, stop_why] {
                    if (alive.expired()) return;
                    if (*stop_why || i > iterations)
                      return channel->ended(study::End::completed, {}, *stop_why);
                    if (random_.chance(0.5)) {
                      channel->post({{x, i, {}}}, [](const auto&) {});
                    } else if (*stop_why != study::StopWhy::superseded) {
                      channel->observe({x, i, {}});
                    }
                    step(i + 1, x, channel, stop_why);
                  });
  }

  VirtualTimers& timers_;
  study::Worker worker_;
  Random random_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

StudySetup setup_of(std::uint64_t seed) {
  StudySetup setup{.parameters = {Continuous{"x", {0, 1}}},
                   .algorithm = RandomSearch{.max_num_trials = budget},
                   .lower_is_better = true,
                   .random_seed = seed};
  if (seed % 2 == 0) setup.stopping_rule = MedianStoppingRule{.min_iterations = 3, .min_trials = 2};
  return setup;
}

/// A study on two machines, with everything that goes wrong by a seed.
class Play {
 public:
  explicit Play(std::uint64_t seed)
      : random_(seed, 1),
        network_(timers_, seed,
                 {.breaks = seed % 3 == 0 ? 0.0 : 0.02,
                  .latest = 20ms,
                  .full = seed % 4 == 0 ? std::size_t{1'000} : std::size_t{10'000}}),
        setup_(setup_of(seed)) {}

  void run() {
    start_coordinator();
    uuid_ = coordinator_->engine().study().uuid;
    while (!coordinator_->stored()) ASSERT_TRUE(timers_.step());  // before that it is no study
    for (const auto& name : names_) start(name);
    timers_.after(milliseconds(random_.below(1000)), [this] { meddle(); });
    while ((!coordinator_ || !coordinator_->over()) && !testing::Test::HasFailure()) {
      ASSERT_TRUE(timers_.step());
      ASSERT_LT(timers_.now(), 600s) << "the study never ends:\n"
                                     << (coordinator_ ? coordinator_->engine().describe() : "dead");
    }
    for (auto& [name, machine] : machines_) machine.stop();
    ASSERT_TRUE(coordinator_);
    check();
  }

 private:
  struct Machine {
    std::unique_ptr<link::Dialer> dialer;
    std::unique_ptr<runtime::WorkerSession> session;
    bool leaving = false, left = false;
    void stop() {
      dialer.reset();
      session.reset();
      leaving = left = false;
    }
  };

  void start_coordinator() {
    coordinator_ = std::make_unique<Coordinator>(timers_, network_, store_, setup_, ++epoch_);
  }
  void start(const std::string& name);
  void meddle();
  void meddle_with(const std::string& name);
  void end_the_trouble();
  void check() const;

  CaughtLog log_;
  VirtualTimers timers_;
  Random random_;
  SimulatedNetwork network_;
  study::MemoryStore store_;
  StudySetup setup_;
  std::uint64_t epoch_ = 0;
  std::unique_ptr<Coordinator> coordinator_;
  std::string uuid_;
  std::map<std::string, Machine> machines_;
  std::uint64_t starts_ = 0;
  const std::vector<std::string> names_{"a", "b"};
};

void Play::start(const std::string& name) {
  Machine& machine = machines_[name];
  machine.dialer = network_.make_dialer(name);
  runtime::SessionOptions options;
  options.study = uuid_;
  ++starts_;  // its name is that of the host and the process
  options.worker = {.name = name + std::to_string(starts_),
                    .incarnation = std::to_string(starts_),
                    .slots = 2,
                    .outlives = true};
  options.seed = starts_;
  options.launcher = [this, worker = options.worker, s = starts_](
                         const link::Welcome&) -> Result<std::unique_ptr<study::Launcher>> {
    return std::unique_ptr<study::Launcher>(std::make_unique<Training>(timers_, worker, s));
  };
  machine.session = std::make_unique<runtime::WorkerSession>(
      std::move(options), *machine.dialer, timers_, [&machine](const Result<runtime::Left>& how) {
        machine.left = true;
        if (!machine.leaving)
          ADD_FAILURE() << "a session is over" << (how ? "" : ": " + how.error().message);
      });
}

/// From now on nothing goes wrong, and all that is needed to end the study is there.
void Play::end_the_trouble() {
  network_.calm();
  for (const auto& name : names_) network_.heal(name);
  for (const auto& name : names_)
    if (machines_[name].leaving || !machines_[name].session) {
      machines_[name].stop();
      start(name);
    }
  if (!coordinator_) start_coordinator();
}

void Play::meddle() {
  if (timers_.now() > 40'000ms) return end_the_trouble();
  meddle_with(names_[random_.below(names_.size())]);
  timers_.after(milliseconds(random_.below(3000)), [this] { meddle(); });
}

void Play::meddle_with(const std::string& name) {
  Machine& machine = machines_[name];
  if (machine.left) machine.stop();
  switch (random_.below(7)) {
    case 0: network_.cut(name); break;
    case 1:
    case 2: network_.heal(name); break;
    case 3:
      if (machine.session && random_.chance(0.3)) {  // killed
        machine.stop();
      } else if (!machine.session) {
        start(name);
      }
      break;
    case 4:
      if (machine.session && !machine.leaving && random_.chance(0.5)) {  // asked to leave
        machine.leaving = true;
        machine.session->leave("it was asked to", milliseconds(random_.below(3000)));
      }
      break;
    default:
      if (coordinator_ && random_.chance(0.2)) {
        coordinator_.reset();
      } else if (!coordinator_) {
        start_coordinator();
      }
  }
}

void Play::check() const {
  Results results = internal::Access::results(coordinator_->engine().ledger());
  EXPECT_EQ(results.with_status(TrialStatus::completed).size() +
                results.with_status(TrialStatus::stopped).size(),
            budget);
  for (TrialId trial = 1; trial <= budget; ++trial) {
    auto rows = results.of_trial(trial);
    ASSERT_FALSE(rows.empty());
    std::set<std::int64_t> seen;
    for (std::size_t i = 0; i + 1 < rows.size(); ++i) seen.insert(rows[i].iteration());
    EXPECT_EQ(seen.size(), rows.size() - 1) << "each iteration once";
    if (rows.back().status() == TrialStatus::completed) {
      EXPECT_EQ(seen.size(), iterations);
    }
    auto last = seen.empty() ? 0 : *seen.rbegin();
    EXPECT_EQ(last, static_cast<std::int64_t>(seen.size())) << "and without a gap";
  }
}

class WorkerWorld : public testing::TestWithParam<int> {};

TEST_P(WorkerWorld, LosesNothing) {
  const auto first = static_cast<std::uint64_t>(GetParam()) * 100;
  for (std::uint64_t seed = first; seed < first + 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Play(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, WorkerWorld,
                         testing::Range(0, std::getenv("SHERPA_TESTS") ? 400 : 5));

}  // namespace
}  // namespace sherpa
