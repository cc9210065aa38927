#include "runtime/coordinator/study_loop.hpp"
#include "core/space/access.hpp"

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "core/base/text.hpp"
#include "core/feed/snapshot.hpp"
#include "runtime/coordinator/open_study.hpp"
#include "runtime/coordinator/retold_facts.hpp"
#include "schedulers/checkpoints.hpp"

#include <utility>

namespace sherpa::runtime {

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
  return (trials.size() == 1 ? "trial " : "trials ") + base::enumerate(names);
}

}  // namespace

StudyLoop::StudyLoop(const StudySetup& setup)
    : output_dir_(setup.output_dir), patience_(setup.output_dir_patience) {
  directory_ = StudyDirectory::open(setup).or_throw();
  study::Store* store = directory_ ? directory_->store.get() : nullptr;
  page_ = page_of(setup).or_throw();
  study::Viewer* viewer = page_ ? page_->viewer() : nullptr;
  auto opened = open_study(
      setup, {.placement = study::OnDemand{}, .prefetch = 0, .limits = {}, .viewer = viewer}, store,
      base::read_clocks());
  if (directory_) directory_->report_salvage();
  auto study = std::move(opened).or_throw();
  parameters_ = study.space.parameters();
  space_ = std::move(study.space);
  planned_ = study.planned;
  driver_ =
      std::make_unique<study::DirectDriver>(std::move(study.pipeline), std::move(study.hosts));
  if (directory_) keep(std::move(study.released));
  if (page_) show();
}

void StudyLoop::keep(std::vector<study::Effect> released) {
  driver_->opened(std::move(released));
  {
    std::unique_lock lock(mutex_);
    barrier(lock);  // study_created comes before anything else
    prune(lock);
  }
  committer_ =
      base::quiet_thread([this](const std::stop_token& stop) { commit_in_the_background(stop); });
  housekeeper_ = std::make_unique<ResultsWriter>(
      ResultsWriter::Duties{.directory = directory_->path,
                            .results = [this] { return results(); },
                            .still_ours = [this] { return directory_->lock->still_held(); },
                            .lost =
                                [this](const Error& error) {
                                  std::scoped_lock lock(mutex_);
                                  driver_->fail(error);
                                  changed_.notify_all();
                                },
                            .looked =
                                [this](bool there) {
                                  std::scoped_lock lock(mutex_);
                                  if (std::exchange(away_, !there) != away_) changed_.notify_all();
                                },
                            .patience = patience_});
}

void StudyLoop::show() {
  steering_ = std::make_unique<StudySteering>(
      StudySteering::Study{.act = [this](const study::SteeringCommand& what) { steer(what); },
                           .progress = [this] { return progress(); },
                           .results = [this] { return results(); }});
  page_->announce(directory_.get()).or_throw();
  page_->attach(steering_.get(), space_);
}

void StudyLoop::close() {
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
    base::log(LogLevel::warning,
              "study " + base::quote(engine().study().name) + ": " + trial_list(left) +
                  (left.size() == 1 ? " was" : " were") + " not finalised" +
                  (directory_ ? "; the next run of this study tries again" : ""));
  if (directory_) {
    try {
      barrier(lock);
      directory_->lock->still_held().or_throw();
      write_results(directory_->path, internal::Access::results(engine().ledger())).or_throw();
    } catch (const Exception& e) {
      base::log(LogLevel::error, e.what());
    }
    directory_.reset();
  }
  lock.unlock();
  page_.reset();  // when all that there is to see has been stored
}

std::variant<study::effect::Start, Wait, Done> StudyLoop::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !away_ || engine().poisoned(); });
  auto answer = act(lock, command::Take{});
  if (auto start = driver_->started()) {
    held_.insert(start->trial);
    return *std::move(start);
  }
  if (answer.kind == Answer::Kind::wait) return Wait{};
  return Done{};
}

std::optional<study::effect::Start> StudyLoop::take_or_wait() {
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
      return std::pair(engine().last_seq(), forgotten_) != seen || engine().poisoned() ||
             (held_.empty() && !engine().paused());
    });
    if (held_.empty() && !engine().paused() && !engine().poisoned() &&
        engine().last_seq() == seen.first)
      throw Exception(
          {Errc::wrong_state,
           abandoned_.empty()
               ? "the algorithm waits, but no trial is running whose end it could wait for"
               : "the algorithm waits for " + trial_list(abandoned_) +
                     ", which were not finalized; finalize every trial"});
  }
}

void StudyLoop::observe(TrialId trial, AttemptId attempt, const Observation& seen) {
  std::unique_lock lock(mutex_);
  auto answer = act(lock, command::Observe{trial, attempt, {}, 0, {seen}});
  if (answer.kind == Answer::Kind::superseded)
    throw Exception({Errc::wrong_state, "trial " + std::to_string(trial) + " has ended"});
}

bool StudyLoop::should_stop(TrialId trial, AttemptId attempt) {
  std::unique_lock lock(mutex_);
  check();
  auto stop = driver_->should_stop(trial, attempt, base::read_wall_clock);
  notice(lock);
  return std::move(stop).or_throw();
}

void StudyLoop::finalize(TrialId trial, AttemptId attempt, TrialStatus status) {
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

void StudyLoop::publish(TrialId trial, AttemptId attempt) {
  auto directory = schedulers::checkpoint_directory(trial, attempt);
  schedulers::make_checkpoint_directory(output_dir_, trial, attempt).or_throw();
  {
    std::unique_lock lock(mutex_);
    act(lock, command::Publish{trial, attempt, {}, directory, 0});
    barrier(lock);
  }
  schedulers::point_current(output_dir_, trial, directory).or_throw();
}

void StudyLoop::enqueue(const Configuration& configuration) {
  auto fitted = space_.fit(configuration, space::SearchSpace::Extras::refuse).or_throw();
  std::unique_lock lock(mutex_);
  act(lock, command::Enqueue{std::move(fitted), "add_trial"});
}

void StudyLoop::steer(const study::SteeringCommand& what) {
  std::unique_lock lock(mutex_);
  std::visit([&](const auto& command) { act(lock, command); }, what);
  barrier(lock);
  prune(lock);
}

void StudyLoop::forget(TrialId trial) {
  std::scoped_lock lock(mutex_);
  if (held_.erase(trial) == 0) return;
  if (abandoned_.empty())
    base::log(LogLevel::warning,
              "study " + base::quote(engine().study().name) + ": trial " + std::to_string(trial) +
                  " was destroyed without finalize; such trials are named at the end");
  abandoned_.insert(trial);
  ++forgotten_;
  changed_.notify_all();
}

void StudyLoop::save() {
  if (!directory_) return;
  std::unique_lock lock(mutex_);
  check();
  barrier(lock);
  auto now = internal::Access::results(engine().ledger());
  lock.unlock();
  std::scoped_lock file(file_mutex_);
  write_results(directory_->path, now).or_throw();
}

void StudyLoop::save(const fs::path& to) {
  std::error_code error;
  if (fs::exists(to / "study.db", error))
    throw Exception({Errc::invalid_argument,
                     to.string() + " holds a study already; save into another directory"});
  check_output_dir(to).or_throw();
  fs::create_directories(to, error);
  if (error) throw Exception({Errc::store, "cannot make " + to.string() + ": " + error.message()});
  std::unique_lock lock(mutex_);
  check();
  barrier(lock);
  auto now = internal::Access::results(engine().ledger());
  std::vector<study::Group> facts;
  if (!directory_) facts = retold_facts(engine(), base::read_clocks().wall);
  lock.unlock();
  if (directory_) {
    std::scoped_lock store(store_mutex_);
    directory_->store->copy_to(to).or_throw();
  } else {
    auto store = SqliteStore::open(to, Durability::process).or_throw();
    store->commit(facts).or_throw();
    store->sync().or_throw();
  }
  write_results(to, now).or_throw();
}

Results StudyLoop::results() const {
  std::scoped_lock lock(mutex_);
  return internal::Access::results(engine().ledger());
}

Progress StudyLoop::progress() const {
  std::scoped_lock lock(mutex_);
  auto snapshot = feed::snapshot_of(engine(), planned_);
  snapshot.elapsed = std::chrono::steady_clock::now() - began_;
  return snapshot;
}

std::optional<BestResult> StudyLoop::best() const {
  std::scoped_lock lock(mutex_);
  return engine().ledger()->best();
}

std::string StudyLoop::name() const {
  std::scoped_lock lock(mutex_);
  return engine().study().name;
}

std::uint64_t StudyLoop::seed() const {
  std::scoped_lock lock(mutex_);
  return engine().study().seed;
}

bool StudyLoop::lower_is_better() const {
  std::scoped_lock lock(mutex_);
  return engine().study().lower_is_better;
}

void StudyLoop::check() const {
  if (closed_) throw Exception({Errc::wrong_state, "the study of this trial is closed"});
  if (const auto& error = engine().poisoned()) throw Exception(*error);
}

template <class Command>
Answer StudyLoop::act(std::unique_lock<std::mutex>& lock, const Command& command) {
  check();
  auto answer = driver_->handle(command, base::read_wall_clock());
  notice(lock);
  if (answer.kind == Answer::Kind::refused) throw Exception(answer.error);
  return answer;
}

void StudyLoop::notice(std::unique_lock<std::mutex>& lock) {
  changed_.notify_all();
  if (!directory_ || !driver_->journal().has_untaken()) return;
  if (driver_->journal().pending() >= queue_limit) {
    barrier(lock);
  } else if (!committer_awake_) {
    committer_awake_ = true;
    queued_.notify_one();
  }
}

void StudyLoop::barrier(std::unique_lock<std::mutex>& lock) {
  if (!directory_) return;
  const auto& journal = driver_->journal();
  auto upto = journal.appended();
  while (journal.committed() < upto && !journal.failed())
    if (!commit(lock)) committed_.wait(lock);
  if (journal.failed()) throw Exception(*journal.failed());
}

void StudyLoop::prune(std::unique_lock<std::mutex>& lock) {
  auto unneeded = driver_->unneeded();
  lock.unlock();
  for (const auto& one : unneeded)
    if (auto done =
            schedulers::prune_checkpoints(output_dir_, one.trial, one.keep, one.earlier_only);
        !done)
      base::log(LogLevel::warning, done.error().message);
}

bool StudyLoop::commit(std::unique_lock<std::mutex>& lock) {
  auto batch = driver_->take();
  if (batch.empty()) return false;
  lock.unlock();
  Result<void> result;
  {
    std::scoped_lock store(store_mutex_);
    result = directory_->store->commit(batch.groups);
  }
  lock.lock();
  driver_->stored(batch, result);
  unsynced_ = true;
  committed_.notify_all();
  if (!result) changed_.notify_all();
  return true;
}

void StudyLoop::commit_in_the_background(const std::stop_token& stop) {
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
      queued_.wait_for(lock, stop, queue_delay,
                       [] { return false; });  // what comes meanwhile goes with it
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

}  // namespace sherpa::runtime
