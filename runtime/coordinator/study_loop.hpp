#pragma once

#include "core/space/search_space.hpp"
#include "core/study/direct_driver.hpp"
#include "runtime/coordinator/results_writer.hpp"
#include "runtime/coordinator/study_page.hpp"
#include "runtime/coordinator/study_steering.hpp"
#include "runtime/store/study_directory.hpp"

#include <sherpa/progress.hpp>
#include <sherpa/results.hpp>
#include <sherpa/setup.hpp>
#include <sherpa/trial.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace sherpa::runtime {

/// Implements `Study`: the direct driver, a mutex, background threads for commits and results.csv,
/// and the page. Thread-safe; throws what it refuses.
class StudyLoop {
 public:
  explicit StudyLoop(const StudySetup& setup);

  /// The Study is gone: what is left is stored. Its trials may live on, and refuse everything.
  void close();

  std::variant<study::effect::Start, Wait, Done> take();
  /// A trial, or nothing when there is no more; waits while others run trials.
  std::optional<study::effect::Start> take_or_wait();
  void observe(TrialId trial, AttemptId attempt, const Observation& seen);
  bool should_stop(TrialId trial, AttemptId attempt);
  void finalize(TrialId trial, AttemptId attempt, TrialStatus status);
  void publish(TrialId trial, AttemptId attempt);
  /// A Trial was destroyed without finalize.
  void forget(TrialId trial);

  void enqueue(const Configuration& configuration);
  /// Applies a steering command; returns when it is stored.
  void steer(const study::SteeringCommand& what);

  void save();
  void save(const std::filesystem::path& to);

  Results results() const;
  Progress progress() const;
  std::optional<BestResult> best() const;
  std::string name() const;
  std::uint64_t seed() const;
  bool lower_is_better() const;
  const std::vector<Parameter>& parameters() const { return parameters_; }
  const std::filesystem::path& output_dir() const { return output_dir_; }

 private:
  const study::Engine& engine() const { return driver_->engine(); }
  /// From now on everything is stored.
  void keep(std::vector<study::Effect> released);
  /// From now on people can watch and steer.
  void show();

  void check() const;
  template <class Command>
  study::Answer act(std::unique_lock<std::mutex>& lock, const Command& command);
  /// Something may have been queued: wakes the committer for the first of it, and commits here when
  /// the queue is full.
  void notice(std::unique_lock<std::mutex>& lock);
  /// Returns when everything appended so far is committed; commits on this thread if no other
  /// thread does. Throws when the store failed.
  void barrier(std::unique_lock<std::mutex>& lock);
  /// Deletes checkpoints that no committed fact still needs.
  void prune(std::unique_lock<std::mutex>& lock);
  /// Commits what is queued; false when another thread is at it.
  bool commit(std::unique_lock<std::mutex>& lock);
  void commit_in_the_background(const std::stop_token& stop);

  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  const std::filesystem::path output_dir_;
  const std::chrono::milliseconds patience_;  // with an output directory that is out of reach
  std::vector<Parameter> parameters_;
  std::optional<std::uint64_t> planned_;  // trials the algorithm alone will issue
  space::SearchSpace space_;
  std::unique_ptr<StudyDirectory> directory_;  // null in memory
  std::unique_ptr<StudyPage> page_;            // null when not requested

  mutable std::mutex mutex_;  // everything below but what says otherwise
  std::unique_ptr<study::DirectDriver> driver_;
  std::set<TrialId> held_;       // running, in somebody's hands
  std::set<TrialId> abandoned_;  // running, and lost
  std::uint64_t forgotten_ = 0;
  bool closed_ = false;
  bool away_ = false;  // the output directory is out of reach: nothing starts
  bool unsynced_ = false;
  bool committer_awake_ = false;
  std::condition_variable changed_;     // for those who wait for work
  std::condition_variable committed_;   // for barriers
  std::condition_variable_any queued_;  // for the committer

  std::mutex store_mutex_;  // the store: taken without mutex_
  std::mutex file_mutex_;   // results.csv
  std::jthread committer_;
  std::unique_ptr<ResultsWriter> housekeeper_;
  std::unique_ptr<StudySteering> steering_;
};

}  // namespace sherpa::runtime
