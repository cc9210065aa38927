#pragma once

#include <sherpa/export.hpp>
#include <sherpa/results.hpp>
#include <sherpa/setup.hpp>
#include <sherpa/trial.hpp>

#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <variant>

namespace sherpa {

namespace runtime {
class StudyLoop;
}

/// What a study gives when asked for work.
using NextTrial = std::variant<Trial, Wait, Done>;

/// A study, driven by the caller's own loop.
///
///     for (sherpa::Trial& trial : study) {
///       study.add_observation(trial, {.objective = f(trial.get<double>("x"))});
///       study.finalize(trial);
///     }
///
/// Thread-safe: several threads may take trials from one study. With an output directory, what
/// `finalize`, `save` and the destructor leave behind is stored; everything else is stored within
/// 10 ms. Throws Exception throughout; after store (disk full, say) every further call throws, and
/// running the program again resumes the study.
class SHERPA_API Study {
 public:
  /// Starts a study, or resumes the one in `setup.output_dir`. Throws Exception: invalid_argument,
  /// locked, version, damaged, store.
  explicit Study(const StudySetup& setup);
  Study(Study&&) noexcept;
  Study& operator=(Study&&) noexcept;
  /// Stores what is left, writes `results.csv` and names the trials nobody finalised.
  ~Study();

  /// A trial to run, Wait when the algorithm needs results of running trials first, or Done. Throws
  /// user_code when one's own algorithm threw.
  NextTrial get_suggestion();

  /// Adds a measurement of a running trial. Throws Exception: invalid_argument for a negative
  /// iteration or one that this trial has reported; wrong_state after the trial's end or for a
  /// trial of another study.
  void add_observation(const Trial& trial, const Observation& observation);
  /// Whether the stopping rule (asked now, about all observations so far) or a person wants the
  /// trial to end.
  bool should_trial_stop(const Trial& trial);
  /// Ends a trial: its best observation becomes its summary row. Returns when everything so far is
  /// stored. Throws wrong_state for COMPLETED without an observation, or when the trial has ended.
  void finalize(Trial& trial, TrialStatus status = TrialStatus::completed);
  /// Queues a configuration of one's own, ahead of the algorithm's next one; it does not count
  /// against its budget.
  void add_trial(const Configuration& configuration);

  /// The best finite row so far, the earliest of equally good ones; with Repeat the best mean of a
  /// complete group.
  std::optional<BestResult> get_best_result() const;
  /// Everything seen so far.
  Results results() const;

  /// Returns when everything so far is stored and `results.csv` is up to date.
  void save();
  /// Also writes a copy of the study into another directory, which must not hold a study.
  void save(const std::filesystem::path& directory);

  const std::vector<Parameter>& parameters() const;
  bool lower_is_better() const;
  std::uint64_t random_seed() const;
  std::string name() const;

  /// Walks the trials to run. On Wait it blocks while other threads run trials of the study, and
  /// throws wrong_state, naming the trials nobody finalised, when none does.
  class SHERPA_API Iterator {
   public:
    using value_type = Trial;
    using difference_type = std::ptrdiff_t;
    Trial& operator*() const { return *trial_; }
    Trial* operator->() const { return trial_.get(); }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) {
      return it.trial_ == nullptr;
    }

   private:
    friend class Study;
    explicit Iterator(Study* study) : study_(study) { ++*this; }
    Study* study_;
    std::shared_ptr<Trial> trial_;
  };
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  class HeldTrial;
  HeldTrial& own(const Trial& trial) const;
  std::unique_ptr<Trial> next_trial();
  std::shared_ptr<runtime::StudyLoop> loop_;  // shared with its trials, which may outlive it
};

/// The results of the study in a directory, at rest or damaged, without taking it over. Throws
/// Exception(locked) while a coordinator runs it.
SHERPA_API Results load_results(const std::filesystem::path& output_dir);

}  // namespace sherpa
