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

struct MedianStoppingRule;
struct PercentileStoppingRule;
struct ThresholdStoppingRule;
struct PatienceStoppingRule;
struct SuccessiveHalvingStoppingRule;
struct OwnStoppingRule;

/// Every stopping rule there is. Each is a struct of options with its `name`, that of SHERPA where
/// it has one.
using StoppingRuleTypes =
    Types<MedianStoppingRule, PercentileStoppingRule, ThresholdStoppingRule, PatienceStoppingRule,
          SuccessiveHalvingStoppingRule, OwnStoppingRule>;

template <class T>
concept StoppingRuleOptions = is_one_of<T>(StoppingRuleTypes{});

/// Which stopping rule a study uses, with its options; as AlgorithmSpecification.
class SHERPA_API StoppingRuleSpecification {
 public:
  template <StoppingRuleOptions T>
  StoppingRuleSpecification(T options);

  std::string name() const;
  std::string to_json() const;
  const space::StoppingRuleVariant& variant() const { return *variant_; }

  friend SHERPA_API bool operator==(const StoppingRuleSpecification& a,
                                    const StoppingRuleSpecification& b);
  friend SHERPA_API std::ostream& operator<<(std::ostream& out,
                                             const StoppingRuleSpecification& specification);

 private:
  std::shared_ptr<const space::StoppingRuleVariant> variant_;
};

/// Stops a trial whose best objective so far is strictly worse than the median of the other trials'
/// bests up to the same iteration.
///
/// At iteration s (the highest that the trial has reported), the trial's best finite objective at
/// iterations ≤ s is compared with those of all other trials, running ones included, that reached s
/// and have a finite one; at least `min_trials` of them are needed; an even count averages the
/// middle two. A trial that has only NaN or infinite objectives at `min_iterations` is stopped.
/// Golovin et al., "Google Vizier", KDD 2017, section 3.2.2, with the running best instead of the
/// running mean (as SHERPA).
struct MedianStoppingRule {
  static constexpr std::string_view name = "MedianStoppingRule";
  static constexpr std::string_view about =
      "stops what is worse than the median of the others at its iteration";
  std::int64_t min_iterations = 0;  ///< never stops before this iteration
  std::uint64_t min_trials = 1;     ///< other trials needed for a comparison, at least 1

  static constexpr auto fields() {
    return Fields{field("min_iterations", &MedianStoppingRule::min_iterations,
                            "never stops before this iteration"),
                      field("min_trials", &MedianStoppingRule::min_trials,
                            "other trials needed for a comparison, at least 1")};
  }
};

/// As MedianStoppingRule, with another percentile than the 50th: stops a trial whose best objective
/// so far is strictly worse than that percentile of the other trials' bests up to the same
/// iteration. 25 keeps the best quarter.
///
/// Between two trials the percentile is interpolated linearly.
struct PercentileStoppingRule {
  static constexpr std::string_view name = "PercentileStoppingRule";
  static constexpr std::string_view about =
      "stops what is not among the best so many percent at its iteration";
  double percentile = 25;           ///< from 0 (only the best goes on) to 100
  std::int64_t min_iterations = 0;  ///< never stops before this iteration
  std::uint64_t min_trials = 1;     ///< other trials needed for a comparison, at least 1

  static constexpr auto fields() {
    using T = PercentileStoppingRule;
    return Fields{
        field("percentile", &T::percentile, "how many percent of the trials go on, from 0 to 100"),
        field("min_iterations", &T::min_iterations, "never stops before this iteration"),
        field("min_trials", &T::min_trials, "other trials needed for a comparison, at least 1")};
  }
};

/// Stops a trial whose objective, at the highest iteration that it has reported, lies outside
/// [lower, upper] or is not finite.
struct ThresholdStoppingRule {
  static constexpr std::string_view name = "ThresholdStoppingRule";
  static constexpr std::string_view about = "stops what leaves given bounds";
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

/// Stops a trial that has not improved for so many iterations.
///
/// Going through its iterations in order, an objective is an improvement when it is better than the
/// last improvement by more than `min_delta`; the first finite one is. The trial stops when its
/// highest iteration is `patience` or more beyond its last improvement (its first iteration, while
/// it has none).
struct PatienceStoppingRule {
  static constexpr std::string_view name = "PatienceStoppingRule";
  static constexpr std::string_view about = "stops what has not improved for so many iterations";
  std::int64_t patience = 10;       ///< iterations, at least 1
  double min_delta = 0;             ///< smaller improvements do not count
  std::int64_t min_iterations = 0;  ///< never stops before this iteration

  static constexpr auto fields() {
    using T = PatienceStoppingRule;
    return Fields{
        field("patience", &T::patience, "iterations without improvement, at least 1"),
        field("min_delta", &T::min_delta, "improvements not above it do not count"),
        field("min_iterations", &T::min_iterations, "never stops before this iteration")};
  }
};

/// Asynchronous successive halving as a stopping rule: at the iterations r·eta^s, r·eta^(s+1), …
/// only the best 1/eta of what has come so far goes on.
///
/// A trial reaches a rung with its first iteration at or beyond it, and is judged there once, by
/// its best finite objective up to then: it stops unless fewer than max(1, ⌊n/eta⌋) of the n trials
/// that have reached the rung, itself among them, are better; also without a finite one. Li et al.,
/// "A system for massively parallel hyperparameter tuning", MLSys 2020. The algorithm that promotes
/// instead of stopping, and so never runs what it will not use, is SuccessiveHalving.
struct SuccessiveHalvingStoppingRule {
  static constexpr std::string_view name = "SuccessiveHalvingStoppingRule";
  static constexpr std::string_view about =
      "at r, r·eta, r·eta², … iterations, stops all but the best 1/eta";
  std::uint64_t r = 1;    ///< iterations before the first rung, at least 1
  std::uint64_t eta = 3;  ///< one in so many goes on, at least 2
  std::uint64_t s = 0;    ///< rungs left out at the bottom

  static constexpr auto fields() {
    using T = SuccessiveHalvingStoppingRule;
    return Fields{
        field("r", &T::r, "iteration of the first rung, at least 1"),
        field("eta", &T::eta,
              "one in so many goes on, and rungs are so many times further apart, at least 2"),
        field("s", &T::s, "rungs left out at the bottom")};
  }
};

/// One's own stopping rule, made by `own`.
struct OwnStoppingRule {
  static constexpr std::string_view name = "own";
  std::string own{};
  std::function<std::unique_ptr<StoppingRule>()> make;

  static constexpr auto fields() { return Fields{field("own", &OwnStoppingRule::own)}; }
};

/// Your own stopping rule under a name: `own("plateau", [] { return std::make_unique<Plateau>();
/// })`.
template <class Make>
  requires std::convertible_to<std::invoke_result_t<Make>, std::unique_ptr<StoppingRule>>
      OwnStoppingRule own(std::string name, Make make) {
    return {std::move(name), std::move(make)};
  }

}  // namespace sherpa
