#include <sherpa/study.hpp>

#include "runtime/open_study.hpp"
#include "runtime/results_file.hpp"
#include "runtime/study_directory.hpp"
#include "runtime/study_page.hpp"
#include "runtime/study_steering.hpp"
#include "schedulers/checkpoints.hpp"
#include "study/clock.hpp"
#include "study/direct_driver.hpp"
#include "study/log.hpp"
#include "study/picture.hpp"
#include "study/quiet_thread.hpp"
#include "study/text.hpp"
#include "study/trial_backend.hpp"

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <set>
#include <typeinfo>
#include <utility>

namespace sherpa {

namespace fs = std::filesystem;
namespace command = study::command;
using namespace std::chrono_literals;
using study::Answer;

namespace {

constexpr std::size_t queue_limit = 4096;  // facts
constexpr auto queue_delay = 10ms;
constexpr auto sync_interval = 1s;

std::string trial_list(const std::set<TrialId>& trials) {
  std::vector<std::string> names;
  for (TrialId id : trials) {
    if (names.size() == 20) {
      names.push_back("others");
      break;
    }
    names.push_back(std::to_string(id));
  }
  return (trials.size() == 1 ? "trial " : "trials ") + study::enumerate(names);
}

}  // namespace

/// The direct driver with what a process needs around it: a mutex, a thread that commits, a thread that keeps house.
class Study::Impl : public std::enable_shared_from_this<Study::Impl> {
 public:
  explicit Impl(const StudySetup& setup) : output_dir_(setup.output_dir) {
    directory_ = runtime::StudyDirectory::open(setup).or_throw();
    study::Store* store = directory_ ? directory_->store.get() : nullptr;
    page_ = runtime::page_of(setup).or_throw();
    study::Viewer* viewer = page_ ? page_->viewer() : nullptr;
    auto opened =
        runtime::open_study(setup, {.direct = true, .prefetch = 0, .limits = {}, .viewer = viewer}, store, study::read_clocks());
    if (directory_) directory_->report_salvage();
    auto study = std::move(opened).or_throw();
    parameters_ = study.space.parameters();
    space_ = std::move(study.space);
    planned_ = study.planned;
    driver_ = std::make_unique<study::DirectDriver>(std::move(study.engine), std::move(study.algorithm), std::move(study.rule),
                                                    std::move(study.journal), directory_ ? nullptr : viewer);
    if (directory_) keep(std::move(study.effects));
    if (page_) show();
  }

 private:
  /// From now on everything is stored.
  void keep(std::vector<study::Effect> effects) {
    driver_->opened(std::move(effects));
    {
      std::unique_lock lock(mutex_);
      barrier(lock);  // study_created comes before anything else
      prune(lock);
    }
    committer_ = study::quiet_thread([this](const std::stop_token& stop) { commit_in_the_background(stop); });
    housekeeper_ = std::make_unique<runtime::Housekeeper>(
        runtime::Housekeeper::Duties{.directory = directory_->path,
                                     .results = [this] { return results(); },
                                     .still_ours = [this] { return directory_->lock->still_held(); },
                                     .lost =
                                         [this](const Error& error) {
                                           std::scoped_lock lock(mutex_);
                                           driver_->fail(error);
                                           changed_.notify_all();
                                         }});
  }

  /// From now on people can watch and steer.
  void show() {
    steering_ = std::make_unique<runtime::StudySteering>(
        runtime::StudySteering::Study{.act = [this](const study::SteeringCommand& what) { steer(what); },
                                      .progress = [this] { return progress(); },
                                      .results = [this] { return results(); }});
    page_->announce(directory_.get()).or_throw();
    page_->attach(steering_.get(), space_);
  }

 public:
  /// The Study is gone: what is left is stored. Its trials may live on, and refuse everything.
  void close() {
    if (page_) page_->attach(nullptr, space_);
    steering_.reset();
    housekeeper_.reset();
    if (committer_.joinable()) {
      committer_.request_stop();
      committer_.join();
    }
    std::unique_lock lock(mutex_);
    closed_ = true;
    auto left = abandoned_;
    left.insert(held_.begin(), held_.end());
    if (!left.empty())
      study::log(LogLevel::warning, "study " + study::quote(engine().study().name) + ": " + trial_list(left) +
                                        (left.size() == 1 ? " was" : " were") + " not finalised" +
                                        (directory_ ? "; the next run of this study tries again" : ""));
    if (directory_) {
      try {
        barrier(lock);
        runtime::write_results(directory_->path, Results(engine().ledger())).or_throw();
      } catch (const Exception& e) {
        study::log(LogLevel::error, e.what());
      }
      directory_.reset();
    }
    lock.unlock();
    page_.reset();  // when all that there is to see has been stored
  }

  std::variant<study::effect::Start, Wait, Done> take() {
    std::unique_lock lock(mutex_);
    auto answer = act(lock, command::Take{});
    if (auto start = driver_->started()) {
      held_.insert(start->trial);
      return *std::move(start);
    }
    if (answer.kind == Answer::Kind::wait) return Wait{};
    return Done{};
  }

  /// A trial, or null when there is nothing more; waits while others run trials.
  std::optional<study::effect::Start> take_or_wait() {
    while (true) {
      auto seen = [this] {
        std::scoped_lock lock(mutex_);
        return std::pair(engine().last_seq(), forgotten_);
      }();
      auto next = take();
      if (auto* start = std::get_if<study::effect::Start>(&next)) return std::move(*start);
      if (std::holds_alternative<Done>(next)) return std::nullopt;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] {
        return std::pair(engine().last_seq(), forgotten_) != seen || engine().poisoned() || (held_.empty() && !engine().paused());
      });
      if (held_.empty() && !engine().paused() && !engine().poisoned() && engine().last_seq() == seen.first)
        throw Exception({Errc::wrong_state, abandoned_.empty()
                                                ? "the algorithm waits, but no trial is running whose end it could wait for"
                                                : "the algorithm waits for " + trial_list(abandoned_) +
                                                      ", which nobody finalised; finalize every trial"});
    }
  }

  void observe(TrialId trial, AttemptId attempt, const Observation& seen) {
    std::unique_lock lock(mutex_);
    auto answer = act(lock, command::Observe{trial, attempt, {}, 0, {{seen.iteration, seen.objective, seen.context}}});
    if (answer.kind == Answer::Kind::superseded)
      throw Exception({Errc::wrong_state, "trial " + std::to_string(trial) + " has ended"});
  }

  bool should_stop(TrialId trial, AttemptId attempt) {
    std::unique_lock lock(mutex_);
    check();
    auto stop = driver_->should_stop(trial, attempt, study::read_wall_clock);
    notice(lock);
    return std::move(stop).or_throw();
  }

  void finalize(TrialId trial, AttemptId attempt, TrialStatus status) {
    std::unique_lock lock(mutex_);
    command::EndAttempt end;
    end.trial = trial;
    end.attempt = attempt;
    end.status = status;
    auto answer = act(lock, end);
    if (answer.kind == Answer::Kind::superseded)
      throw Exception({Errc::wrong_state, "trial " + std::to_string(trial) + " has ended"});
    held_.erase(trial);
    changed_.notify_all();
    barrier(lock);
    prune(lock);
  }

  void publish(TrialId trial, AttemptId attempt) {
    auto directory = schedulers::checkpoint_directory(trial, attempt);
    schedulers::make_checkpoint_directory(output_dir_, trial, attempt).or_throw();
    {
      std::unique_lock lock(mutex_);
      act(lock, command::Publish{trial, attempt, {}, directory, 0});
      barrier(lock);
    }
    schedulers::point_current(output_dir_, trial, directory).or_throw();
  }

  void enqueue(const Configuration& configuration) {
    auto fitted = space_.fit(configuration, study::SearchSpace::Extras::refuse).or_throw();
    std::unique_lock lock(mutex_);
    act(lock, command::Enqueue{std::move(fitted), "add_trial"});
  }

  void steer(const study::SteeringCommand& what) {
    std::unique_lock lock(mutex_);
    std::visit([&](const auto& command) { act(lock, command); }, what);
    barrier(lock);
    prune(lock);
  }

  /// A Trial was destroyed without finalize.
  void forget(TrialId trial) {
    std::scoped_lock lock(mutex_);
    if (held_.erase(trial) == 0) return;
    if (abandoned_.empty())
      study::log(LogLevel::warning, "study " + study::quote(engine().study().name) + ": trial " + std::to_string(trial) +
                                        " was destroyed without finalize; such trials are named at the end");
    abandoned_.insert(trial);
    ++forgotten_;
    changed_.notify_all();
  }

  void save() {
    if (!directory_) return;
    std::unique_lock lock(mutex_);
    check();
    barrier(lock);
    Results now(engine().ledger());
    lock.unlock();
    std::scoped_lock file(file_mutex_);
    runtime::write_results(directory_->path, now).or_throw();
  }

  void save(const fs::path& to);

  Results results() const {
    std::scoped_lock lock(mutex_);
    return Results(engine().ledger());
  }
  Progress progress() const {
    std::scoped_lock lock(mutex_);
    auto picture = study::picture_of(engine(), planned_);
    picture.elapsed = std::chrono::steady_clock::now() - began_;
    return picture;
  }
  std::optional<BestResult> best() const {
    std::scoped_lock lock(mutex_);
    return engine().ledger()->best();
  }
  std::string name() const {
    std::scoped_lock lock(mutex_);
    return engine().study().name;
  }
  std::uint64_t seed() const {
    std::scoped_lock lock(mutex_);
    return engine().study().seed;
  }
  bool lower_is_better() const {
    std::scoped_lock lock(mutex_);
    return engine().study().lower_is_better;
  }

  const std::vector<Parameter>& parameters() const { return parameters_; }
  const fs::path& output_dir() const { return output_dir_; }
  study::Engine& engine() const { return driver_->engine(); }

 private:
  void check() const {
    if (closed_) throw Exception({Errc::wrong_state, "the study of this trial is closed"});
    if (const auto& error = engine().poisoned()) throw Exception(*error);
  }

  template <class Command>
  Answer act(std::unique_lock<std::mutex>& lock, const Command& command) {
    check();
    auto answer = driver_->handle(command, study::read_wall_clock());
    notice(lock);
    if (answer.kind == Answer::Kind::refused) throw Exception(answer.error);
    return answer;
  }

  /// Something may have been queued: wakes the committer for the first of it, and commits here when the queue is full.
  void notice(std::unique_lock<std::mutex>& lock) {
    changed_.notify_all();
    if (!directory_ || !driver_->journal().has_untaken()) return;
    if (driver_->journal().pending() >= queue_limit) {
      barrier(lock);
    } else if (!committer_awake_) {
      committer_awake_ = true;
      queued_.notify_one();
    }
  }

  /// Returns when everything appended so far is committed; commits on this thread where nobody is at it. Throws when the store
  /// failed.
  void barrier(std::unique_lock<std::mutex>& lock) {
    if (!directory_) return;
    auto& journal = driver_->journal();
    auto upto = journal.appended();
    while (journal.committed() < upto && !journal.failed())
      if (!commit(lock)) committed_.wait(lock);
    if (journal.failed()) throw Exception(*journal.failed());
  }

  /// Deletes what what is stored says that nothing loads any more.
  void prune(std::unique_lock<std::mutex>& lock) {
    auto unneeded = driver_->unneeded();
    lock.unlock();
    for (const auto& one : unneeded)
      if (auto done = schedulers::prune_checkpoints(output_dir_, one.trial, one.keep, one.earlier_only); !done)
        study::log(LogLevel::warning, done.error().message);
  }

  /// Commits what is queued; false when another thread is at it.
  bool commit(std::unique_lock<std::mutex>& lock) {
    auto batch = driver_->journal().take();
    if (batch.empty()) return false;
    lock.unlock();
    Result<void> result;
    {
      std::scoped_lock store(store_mutex_);
      result = directory_->store->commit(batch.groups);
    }
    lock.lock();
    if (result && page_ && page_->viewer())
      for (const auto& group : batch.groups) page_->viewer()->show(*group);
    driver_->stored(batch, result);
    unsynced_ = true;
    committed_.notify_all();
    if (!result) changed_.notify_all();
    return true;
  }

  void commit_in_the_background(const std::stop_token& stop) {
    auto last_sync = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      committer_awake_ = false;
      auto something = [this] { return driver_->journal().has_untaken(); };
      if (unsynced_) {
        queued_.wait_until(lock, stop, last_sync + sync_interval, something);
      } else {
        queued_.wait(lock, stop, something);
      }
      committer_awake_ = true;
      if (stop.stop_requested()) break;
      if (something()) {
        queued_.wait_for(lock, stop, queue_delay, [] { return false; });  // what comes meanwhile goes with it
        commit(lock);
      }
      auto now = std::chrono::steady_clock::now();
      if (unsynced_ && now - last_sync >= sync_interval) {
        unsynced_ = false;
        last_sync = now;
        lock.unlock();
        Result<void> synced;
        {
          std::scoped_lock store(store_mutex_);
          synced = directory_->store->sync();
        }
        lock.lock();
        if (!synced) driver_->fail(synced.error());
      }
    }
  }

  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  fs::path output_dir_;
  std::vector<Parameter> parameters_;
  std::optional<std::uint64_t> planned_;  // trials the algorithm alone will issue
  study::SearchSpace space_;
  std::unique_ptr<runtime::StudyDirectory> directory_;  // null in memory
  std::unique_ptr<runtime::StudyPage> page_;            // null where nobody asked for one

  mutable std::mutex mutex_;  // everything below but what says otherwise
  std::unique_ptr<study::DirectDriver> driver_;
  std::set<TrialId> held_;       // running, in somebody's hands
  std::set<TrialId> abandoned_;  // running, and lost
  std::uint64_t forgotten_ = 0;
  bool closed_ = false;
  bool unsynced_ = false;
  bool committer_awake_ = false;
  std::condition_variable changed_;     // for those who wait for work
  std::condition_variable committed_;   // for barriers
  std::condition_variable_any queued_;  // for the committer

  std::mutex store_mutex_;  // the store: taken without mutex_
  std::mutex file_mutex_;   // results.csv
  std::jthread committer_;
  std::unique_ptr<runtime::Housekeeper> housekeeper_;
  std::unique_ptr<runtime::StudySteering> steering_;
};

/// A trial in the hands of the loop's caller.
class Study::HeldTrial final : public Trial::Backend {
 public:
  HeldTrial(std::weak_ptr<Impl> study, study::effect::Start start) : study_(std::move(study)), start_(std::move(start)) {}
  ~HeldTrial() override {
    auto study = study_.lock();
    if (study && !ended_) study->forget(start_.trial);
  }

  TrialId id() const override { return start_.trial; }
  AttemptId attempt() const override { return start_.attempt; }
  const Configuration& parameters() const override { return start_.configuration; }
  void report(const Observation& observation) override { study()->observe(id(), attempt(), observation); }
  bool should_stop() override { return study()->should_stop(id(), attempt()); }
  fs::path save_dir() override {
    saves_ = true;
    return schedulers::make_checkpoint_directory(study()->output_dir(), id(), attempt()).or_throw();
  }
  std::optional<fs::path> load_dir() const override {
    if (!start_.load) return std::nullopt;
    return study()->output_dir() / *start_.load;
  }
  void publish() override { study()->publish(id(), attempt()); }
  /// At a good end, what it saved.
  void publish_saved() {
    if (saves_ && !fs::is_empty(save_dir())) publish();
  }

  bool belongs_to(const Impl* study) const { return study_.lock().get() == study; }
  void has_ended() { ended_ = true; }

 private:
  std::shared_ptr<Impl> study() const {
    auto study = study_.lock();
    if (!study) throw Exception({Errc::wrong_state, "the study of trial " + std::to_string(id()) + " is closed"});
    return study;
  }

  std::weak_ptr<Impl> study_;
  study::effect::Start start_;
  bool saves_ = false;
  bool ended_ = false;
};

namespace {

/// The facts of a study in memory, which were not kept: one attempt per trial, in the order in which things happened.
std::vector<study::Group> facts_of(const study::Engine& engine) {
  namespace fact = study::fact;
  auto facts = std::make_shared<std::vector<study::Entry>>();
  auto at = study::read_clocks().wall;
  auto add = [&](study::Fact fact) { facts->push_back({facts->size() + 1, at, std::move(fact)}); };
  add(engine.study());
  engine.ledger()->retell([&](const study::Entry& entry) {
    if (auto* issued = std::get_if<fact::TrialIssued>(&entry.fact)) {
      add(*issued);
      fact::AttemptStarted started;
      started.trial = issued->trial;
      started.attempt = 1;
      add(started);
    } else if (auto* seen = std::get_if<fact::Observation>(&entry.fact)) {
      auto of_first_attempt = *seen;
      of_first_attempt.attempt = 1;
      add(std::move(of_first_attempt));
    } else if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact)) {
      auto end = ended->status == TrialStatus::completed ? study::End::completed
                 : ended->status == TrialStatus::failed  ? study::End::failed
                                                         : study::End::stopped;
      add(fact::AttemptEnded{ended->trial, 1, end, {}});
      add(*ended);
    }
  });
  if (engine.ended()) add(*engine.ended());
  return {facts};
}

}  // namespace

void Study::Impl::save(const fs::path& to) {
  std::error_code error;
  if (fs::exists(to / "study.db", error))
    throw Exception({Errc::invalid_argument, to.string() + " holds a study already; save into another directory"});
  fs::create_directories(to, error);
  if (error) throw Exception({Errc::store, "cannot make " + to.string() + ": " + error.message()});
  std::unique_lock lock(mutex_);
  check();
  barrier(lock);
  Results now(engine().ledger());
  std::vector<study::Group> facts;
  if (!directory_) facts = facts_of(engine());
  lock.unlock();
  if (directory_) {
    std::scoped_lock store(store_mutex_);
    directory_->store->copy_to(to).or_throw();
  } else {
    auto store = runtime::SqliteStore::open(to, Durability::process).or_throw();
    store->commit(facts).or_throw();
    store->sync().or_throw();
  }
  runtime::write_results(to, now).or_throw();
}

Study::Study(const StudySetup& setup) : impl_(std::make_shared<Impl>(setup)) {}
Study::Study(Study&&) noexcept = default;
Study& Study::operator=(Study&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->close();
    impl_ = std::move(other.impl_);
  }
  return *this;
}
Study::~Study() {
  if (impl_) impl_->close();
}

NextTrial Study::get_suggestion() {
  auto next = impl_->take();
  if (auto* start = std::get_if<study::effect::Start>(&next)) return Trial(std::make_unique<HeldTrial>(impl_, std::move(*start)));
  if (std::holds_alternative<Wait>(next)) return Wait{};
  return Done{};
}

std::unique_ptr<Trial> Study::next_trial() {
  auto start = impl_->take_or_wait();
  if (!start) return nullptr;
  return std::make_unique<Trial>(std::make_unique<HeldTrial>(impl_, *std::move(start)));
}

Study::Iterator& Study::Iterator::operator++() {
  trial_.reset();  // the last one is over before the next is asked for
  trial_ = study_->next_trial();
  return *this;
}

Study::HeldTrial& Study::own(const Trial& trial) const {
  auto& backend = trial.backend();
  if (typeid(backend) == typeid(HeldTrial))
    if (auto& held = static_cast<HeldTrial&>(backend); held.belongs_to(impl_.get())) return held;
  throw Exception({Errc::wrong_state, "trial " + std::to_string(trial.id()) + " belongs to another study"});
}

void Study::add_observation(const Trial& trial, const Observation& observation) { own(trial).report(observation); }
bool Study::should_trial_stop(const Trial& trial) { return own(trial).should_stop(); }

void Study::finalize(Trial& trial, TrialStatus status) {
  auto& held = own(trial);
  if (status == TrialStatus::completed || status == TrialStatus::stopped) held.publish_saved();
  impl_->finalize(held.id(), held.attempt(), status);
  held.has_ended();
}

void Study::add_trial(const Configuration& configuration) { impl_->enqueue(configuration); }
std::optional<BestResult> Study::get_best_result() const { return impl_->best(); }
Results Study::results() const { return impl_->results(); }
void Study::save() { impl_->save(); }
void Study::save(const fs::path& directory) { impl_->save(directory); }
const std::vector<Parameter>& Study::parameters() const { return impl_->parameters(); }
bool Study::lower_is_better() const { return impl_->lower_is_better(); }
std::uint64_t Study::random_seed() const { return impl_->seed(); }
std::string Study::name() const { return impl_->name(); }

}  // namespace sherpa
