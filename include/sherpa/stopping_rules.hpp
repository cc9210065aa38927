#pragma once

#include <sherpa/export.hpp>
#include <sherpa/fields.hpp>
#include <sherpa/stopping_rule.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sherpa {

namespace space {
struct StoppingRuleVariant;
}
namespace internal {
struct Access;
}

struct MedianStoppingRule;
struct PercentileStoppingRule;
struct ThresholdStoppingRule;
struct PatienceStoppingRule;
struct SuccessiveHalvingStoppingRule;
struct OwnStoppingRule;

/// All stopping rules. Each is a struct of options with a `name`, which is SHERPA's where SHERPA
/// has the rule.
using StoppingRuleTypes =
    Types<MedianStoppingRule, PercentileStoppingRule, ThresholdStoppingRule, PatienceStoppingRule,
          SuccessiveHalvingStoppingRule, OwnStoppingRule>;

template <class T>
concept StoppingRuleOptions = is_one_of<T>(StoppingRuleTypes{});

/// A stopping rule's name and options, like AlgorithmSpecification.
class SHERPA_API StoppingRuleSpecification {
 public:
  template <StoppingRuleOptions T>
  StoppingRuleSpecification(T options);

  std::string name() const;
  std::string to_json() const;

  friend SHERPA_API bool operator==(const StoppingRuleSpecification& a,
                                    const StoppingRuleSpecification& b);
  friend SHERPA_API std::ostream& operator<<(std::ostream& out,
                                             const StoppingRuleSpecification& specification);

 private:
  friend struct internal::Access;
  std::shared_ptr<const space::StoppingRuleVariant> variant_;
};

/// Stops a trial whose best objective so far is strictly worse than the median of the other trials'
/// best objectives up to the same iteration.
///
/// Let s be the trial's highest reported iteration. Its best finite objective at iterations ≤ s is
/// compared with those of all other trials, running ones included, that have reached s and have a
/// finite one. At least `min_trials` such trials are needed; the median of an even number is the
/// mean of the middle two. A trial that has only NaN or infinite objectives is worse than all of
/// them. Golovin et al., "Google Vizier", KDD 2017, section 3.2.2, with the running best instead
/// of the running mean (as SHERPA).
struct MedianStoppingRule {
  static constexpr std::string_view name = "MedianStoppingRule";
  static constexpr std::string_view about =
      "stops trials that are worse than the median of the others at the same iteration";
  std::int64_t min_iterations = 0;  ///< never stops before this iteration
  std::uint64_t min_trials = 1;     ///< other trials needed for a comparison, at least 1

  static constexpr auto fields() {
    return Fields{field("min_iterations", &MedianStoppingRule::min_iterations,
                        "never stops before this iteration"),
                  field("min_trials", &MedianStoppingRule::min_trials,
                        "other trials needed for a comparison, at least 1")};
  }
};

/// As MedianStoppingRule, with a percentile instead of the median: stops a trial whose best
/// objective so far is strictly worse than that percentile of the other trials' best objectives up
/// to the same iteration. 25 keeps the best quarter.
///
/// The percentile is interpolated linearly between two trials.
struct PercentileStoppingRule {
  static constexpr std::string_view name = "PercentileStoppingRule";
  static constexpr std::string_view about =
      "stops trials that are not among the best `percentile` percent at the same iteration";
  double percentile = 25;           ///< from 0 (only the best continues) to 100
  std::int64_t min_iterations = 0;  ///< never stops before this iteration
  std::uint64_t min_trials = 1;     ///< other trials needed for a comparison, at least 1

  static constexpr auto fields() {
    using T = PercentileStoppingRule;
    return Fields{
        field("percentile", &T::percentile,
              "percentage of the trials that continue, from 0 to 100"),
        field("min_iterations", &T::min_iterations, "never stops before this iteration"),
        field("min_trials", &T::min_trials, "other trials needed for a comparison, at least 1")};
  }
};

/// Stops a trial whose objective, at the highest iteration that it has reported, lies outside
/// [lower, upper] or is not finite.
struct ThresholdStoppingRule {
  static constexpr std::string_view name = "ThresholdStoppingRule";
  static constexpr std::string_view about = "stops trials whose objective leaves given bounds";
  std::optional<double> lower{};    ///< absent: no bound
  std::optional<double> upper{};    ///< absent: no bound
  std::int64_t min_iterations = 0;  ///< never stops before this iteration

  static constexpr auto fields() {
    using T = ThresholdStoppingRule;
    return Fields{
        field("lower", &T::lower, "an objective below it stops the trial; null: no bound"),
        field("upper", &T::upper, "an objective above it stops the trial; null: no bound"),
        field("min_iterations", &T::min_iterations, "never stops before this iteration")};
  }
};

/// Stops a trial that has not improved for `patience` iterations.
///
/// In order of iterations, the first finite objective is an improvement, and so is each that is
/// better than the last improvement by more than `min_delta`. The trial stops when its highest
/// iteration is at least `patience` above that of its last improvement (or above its first
/// iteration, if it has none).
struct PatienceStoppingRule {
  static constexpr std::string_view name = "PatienceStoppingRule";
  static constexpr std::string_view about =
      "stops trials that have not improved for `patience` iterations";
  std::int64_t patience = 10;       ///< iterations, at least 1
  double min_delta = 0;             ///< smaller improvements do not count
  std::int64_t min_iterations = 0;  ///< never stops before this iteration

  static constexpr auto fields() {
    using T = PatienceStoppingRule;
    return Fields{field("patience", &T::patience, "iterations without improvement, at least 1"),
                  field("min_delta", &T::min_delta, "an improvement must be larger than this"),
                  field("min_iterations", &T::min_iterations, "never stops before this iteration")};
  }
};

/// Asynchronous successive halving as a stopping rule: at the iterations r·eta^s, r·eta^(s+1), …
/// (the rungs) only the best 1/eta of the trials that have come so far continue.
///
/// A trial reaches a rung with its first iteration at or beyond it, and is judged there once, by
/// its best finite objective up to then. It continues when fewer than max(1, ⌊n/eta⌋) of the n
/// trials that have reached the rung, itself included, are better; without a finite objective it
/// stops. Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020. The
/// algorithm SuccessiveHalving promotes trials instead of stopping them, and so never trains longer
/// than needed.
struct SuccessiveHalvingStoppingRule {
  static constexpr std::string_view name = "SuccessiveHalvingStoppingRule";
  static constexpr std::string_view about =
      "at r, r·eta, r·eta², … iterations, stops all but the best 1/eta";
  std::uint64_t r = 1;    ///< iterations before the first rung, at least 1
  std::uint64_t eta = 3;  ///< one trial in eta continues, at least 2
  std::uint64_t s = 0;    ///< lowest rungs to skip

  static constexpr auto fields() {
    using T = SuccessiveHalvingStoppingRule;
    return Fields{field("r", &T::r, "iteration of the first rung, at least 1"),
                  field("eta", &T::eta,
                        "one trial in eta continues; each rung is at eta times the iteration of "
                        "the last; at least 2"),
                  field("s", &T::s, "lowest rungs to skip")};
  }
};

/// A stopping rule of your own; made by `own`. The store keeps only its name, so a resumed study
/// needs the code again.
struct OwnStoppingRule {
  static constexpr std::string_view name = "own";
  std::string own{};
  std::function<std::unique_ptr<StoppingRule>()> make;

  static constexpr auto fields() { return Fields{field("own", &OwnStoppingRule::own)}; }
};

/// Names a stopping rule of your own: `own("plateau", [] { return std::make_unique<Plateau>(); })`.
template <class Make>
  requires std::convertible_to<std::invoke_result_t<Make>, std::unique_ptr<StoppingRule>>
      OwnStoppingRule own(std::string name, Make make) {
    return {std::move(name), std::move(make)};
  }

}  // namespace sherpa
