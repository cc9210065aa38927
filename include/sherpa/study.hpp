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

/// The answer to a request for work: a trial, Wait or Done.
using NextTrial = std::variant<Trial, Wait, Done>;

/// A study, driven by the caller's own loop.
///
///     for (sherpa::Trial& trial : study) {
///       study.add_observation(trial, {.objective = f(trial.get<double>("x"))});
///       study.finalize(trial);
///     }
///
/// Threads: any number may call one study and take trials from it.
///
/// With an output directory, everything before a call of `finalize`, of `save` or of the destructor
/// is stored when that returns. The rest is stored within 10 ms, in the background.
///
/// On failure every function throws Exception. After a store error, such as a full disk, every
/// further call throws, too; running the program again resumes the study.
class SHERPA_API Study {
 public:
  /// Starts a study, or resumes the one in `setup.output_dir`. Throws Exception: invalid_argument
  /// (a setup that cannot be used, or that contradicts the stored study), locked (another
  /// coordinator has the study), version (a newer Sherpa wrote it), damaged (nothing in it can be
  /// read), store (the disk refuses), user_code (an algorithm or rule of your own threw).
  explicit Study(const StudySetup& setup);
  Study(Study&&) noexcept;
  Study& operator=(Study&&) noexcept;
  /// Stores the rest, writes `results.csv`, and logs the trials that were not finalized. Throws
  /// nothing.
  ~Study();

  /// Returns a trial to run, Wait when the algorithm first needs results of running trials, or
  /// Done. Throws user_code when an algorithm of your own threw.
  NextTrial get_suggestion();

  /// Adds an observation of a running trial. Throws Exception: invalid_argument for a negative
  /// iteration or one that this trial has already reported; wrong_state after the trial's end, or
  /// for a trial of another study.
  void add_observation(const Trial& trial, const Observation& observation);
  /// Returns whether the trial should end: the stopping rule says so, judging all observations up
  /// to now, or a person has stopped the trial.
  bool should_trial_stop(const Trial& trial);
  /// Ends a trial; its best observation becomes its summary row. Returns when everything so far is
  /// stored. Throws Exception(wrong_state) when the trial has ended, or for COMPLETED without an
  /// observation.
  void finalize(Trial& trial, TrialStatus status = TrialStatus::completed);
  /// Enqueues a configuration, to run before the algorithm's next one. It does not count towards
  /// the algorithm's budget. Throws Exception(invalid_argument) when it does not fit the
  /// parameters.
  void add_trial(const Configuration& configuration);

  /// Returns the best finite row so far, or nothing when no row is finite; among equally good rows
  /// the earliest. With Repeat it is the best mean of a complete group.
  std::optional<BestResult> get_best_result() const;
  /// Returns all results so far.
  Results results() const;

  /// Returns when everything so far is stored and `results.csv` is up to date.
  void save();
  /// Also writes a copy of the study into another directory. Throws Exception: invalid_argument
  /// when that holds a study, store when it cannot be written.
  void save(const std::filesystem::path& directory);

  const std::vector<Parameter>& parameters() const;
  bool lower_is_better() const;
  std::uint64_t random_seed() const;
  std::string name() const;

  /// Iterates over the trials to run. When the algorithm answers Wait, it blocks while other
  /// threads run trials of the study; when no other thread does, it throws Exception(wrong_state),
  /// which names the trials that were not finalized.
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

/// Reads the results of a stopped study, also of a damaged one as far as it can be read, without
/// changing or resuming it. Throws Exception: locked while a coordinator runs the study,
/// invalid_argument when there is none, damaged when nothing in it can be read, version when a
/// newer Sherpa wrote it.
SHERPA_API Results load_results(const std::filesystem::path& output_dir);

}  // namespace sherpa
