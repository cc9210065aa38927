#include "schedulers/local/function_launcher.hpp"
#include "core/space/access.hpp"

#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "core/base/random_id.hpp"
#include "core/base/text.hpp"
#include "core/study/trial_backend.hpp"
#include "schedulers/checkpoints.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sherpa::schedulers {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// The function's trial.
class RunningTrial final : public Trial::Backend {
 public:
  RunningTrial(const study::effect::Start& start, study::TrialChannel& channel,
               const fs::path& output_dir)
      : start_(start), channel_(channel), output_dir_(output_dir) {}

  TrialId id() const override { return start_.trial; }
  AttemptId attempt() const override { return start_.attempt; }
  const Configuration& parameters() const override { return start_.configuration; }

  void report(const Observation& seen) override {
    // Refused here, as the engine would, so that the exception points at the mistake.
    auto where = "trial " + std::to_string(id()) + ": iteration " + std::to_string(seen.iteration);
    if (seen.iteration < 0)
      throw Exception({Errc::invalid_argument, where + " is negative; count from 0 or 1"});
    if (!reported_.insert(seen.iteration).second)
      throw Exception(
          {Errc::invalid_argument,
           where + " was observed already; give every observation an iteration of its own"});
    channel_.observe(seen);
  }
  bool should_stop() override {
    if (!stop_why_) stop_why_ = channel_.should_stop();
    return stop_why_.has_value();
  }
  fs::path save_dir() override {
    saves_ = true;
    return make_checkpoint_directory(output_dir_, id(), attempt()).or_throw();
  }
  std::optional<fs::path> load_dir() const override {
    if (!start_.load) return std::nullopt;
    return output_dir_ / *start_.load;
  }
  void publish() override {
    auto directory = make_checkpoint_directory(output_dir_, id(), attempt()).or_throw();
    channel_.publish(checkpoint_directory(id(), attempt()));
  }

  /// Publishes what the function saved, after it has returned.
  void publish_saved() {
    if (saves_ && !fs::is_empty(save_dir())) publish();
  }
  const std::optional<study::StopWhy>& stop_why() const { return stop_why_; }

 private:
  const study::effect::Start& start_;
  study::TrialChannel& channel_;
  const fs::path& output_dir_;
  std::unordered_set<std::int64_t> reported_;
  bool saves_ = false;
  std::optional<study::StopWhy> stop_why_;
};

class FunctionLauncher final : public study::Launcher {
 public:
  FunctionLauncher(std::function<void(Trial&)> run, std::uint32_t threads, fs::path output_dir)
      : run_(std::move(run)), output_dir_(std::move(output_dir)) {
    for (std::uint32_t i = 0; i < threads; ++i)
      threads_.push_back(base::quiet_thread([this] { work(); }));
  }

  ~FunctionLauncher() override {
    wait_until_idle();
    threads_.clear();  // joins
  }

  study::Worker worker() const override {
    return {.name = "local",
            .incarnation = incarnation_,
            .slots = static_cast<std::uint32_t>(threads_.size()),
            .resources = {},
            .outlives = false};
  }

  void launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> channel) override {
    std::scoped_lock lock(mutex_);
    waiting_.push_back({std::move(start), std::move(channel)});
    changed_.notify_one();
  }

 private:
  struct WaitingAttempt {
    study::effect::Start start;
    std::shared_ptr<study::TrialChannel> channel;
  };

  void wait_until_idle() {
    std::unique_lock lock(mutex_);
    closing_ = true;
    waiting_.clear();
    changed_.notify_all();
    while (!idle_.wait_for(lock, 10s, [this] { return running_.empty(); })) {
      std::vector<std::string> names;
      for (TrialId id : running_) names.push_back(std::to_string(id));
      base::log(LogLevel::warning, "waiting for the objective to return from trial " +
                                       base::enumerate(names) +
                                       "; it should look at should_stop() now and then");
    }
  }

  void work() {
    while (auto job = next()) {
      const TrialId trial = job->start.trial;
      run(*job);
      job.reset();
      std::scoped_lock lock(mutex_);
      running_.erase(running_.find(trial));
      idle_.notify_all();
    }
  }

  /// Waits for the next job; nothing when the launcher closes.
  std::optional<WaitingAttempt> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (closing_) return std::nullopt;
    WaitingAttempt job = std::move(waiting_.front());
    waiting_.pop_front();
    running_.insert(job.start.trial);
    return job;
  }

  /// Reports the end to the channel, whatever the function does.
  void run(const WaitingAttempt& job) {
    auto backend = std::make_unique<RunningTrial>(job.start, *job.channel, output_dir_);
    RunningTrial& running = *backend;
    Trial trial = internal::Access::trial(std::move(backend));
    study::End end = study::End::completed;
    study::Detail detail;
    try {
      run_(trial);
      running.publish_saved();
    } catch (const std::exception& e) {
      end = study::End::failed;
      detail.message = e.what();
      if (detail.message.empty()) detail.message = "an exception without a text";
    } catch (...) {
      end = study::End::failed;
      detail.message = "something was thrown that is no std::exception";
    }
    job.channel->ended(end, std::move(detail), running.stop_why());
  }

  std::function<void(Trial&)> run_;
  fs::path output_dir_;
  const std::string incarnation_ = base::random_name();
  std::mutex mutex_;
  std::condition_variable changed_, idle_;
  std::deque<WaitingAttempt> waiting_;
  std::multiset<TrialId> running_;
  bool closing_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace

std::unique_ptr<study::Launcher> make_function_launcher(std::function<void(Trial&)> run,
                                                        std::uint32_t threads,
                                                        fs::path output_dir) {
  return std::make_unique<FunctionLauncher>(std::move(run), threads, std::move(output_dir));
}

}  // namespace sherpa::schedulers
