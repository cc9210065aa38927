#pragma once

#include <sherpa/algorithm.hpp>
#include <sherpa/bayesian_optimization.hpp>
#include <sherpa/configuration.hpp>
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
#include <tuple>
#include <type_traits>
#include <vector>

namespace sherpa {

namespace study {
struct AlgorithmVariant;
struct StoppingRuleVariant;
}  // namespace study

struct RandomSearch;
struct GridSearch;
struct Iterate;
struct Repeat;
struct Chain;
struct OwnAlgorithm;
struct MedianStoppingRule;
struct OwnStoppingRule;

template <class... T>
struct Types {};

/// Every algorithm and stopping rule there is. Each is a struct of options with its `name`, that of SHERPA where it has one.
using AlgorithmTypes = Types<RandomSearch, GridSearch, Iterate, BayesianOptimization, Repeat, Chain, OwnAlgorithm>;
using StoppingRuleTypes = Types<MedianStoppingRule, OwnStoppingRule>;

template <class T, class... U>
constexpr bool is_one_of(Types<U...>) {
  return (std::same_as<T, U> || ...);
}

template <class T>
concept AlgorithmOptions = is_one_of<T>(AlgorithmTypes{});

template <class T>
concept StoppingRuleOptions = is_one_of<T>(StoppingRuleTypes{});

/// Which algorithm a study uses, with its options: comparable, printable, kept in the store. Made from any of the structs below.
class SHERPA_API AlgorithmSpecification {
 public:
  template <AlgorithmOptions T>
  AlgorithmSpecification(T options);

  /// SHERPA's name, say `RandomSearch`.
  std::string name() const;
  /// `{"name": "RandomSearch", "max_num_trials": 40, "repeat": 1}`
  std::string to_json() const;
  const study::AlgorithmVariant& variant() const { return *variant_; }

  friend SHERPA_API bool operator==(const AlgorithmSpecification& a, const AlgorithmSpecification& b);
  friend SHERPA_API std::ostream& operator<<(std::ostream& out, const AlgorithmSpecification& specification);

 private:
  std::shared_ptr<const study::AlgorithmVariant> variant_;
};

/// Which stopping rule a study uses, with its options; as AlgorithmSpecification.
class SHERPA_API StoppingRuleSpecification {
 public:
  template <StoppingRuleOptions T>
  StoppingRuleSpecification(T options);

  std::string name() const;
  std::string to_json() const;
  const study::StoppingRuleVariant& variant() const { return *variant_; }

  friend SHERPA_API bool operator==(const StoppingRuleSpecification& a, const StoppingRuleSpecification& b);
  friend SHERPA_API std::ostream& operator<<(std::ostream& out, const StoppingRuleSpecification& specification);

 private:
  std::shared_ptr<const study::StoppingRuleVariant> variant_;
};

/// Independent draws, uniform on each parameter's scale; the baseline every other algorithm must beat.
/// Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 13, 2012.
struct RandomSearch {
  static constexpr std::string_view name = "RandomSearch";
  std::optional<std::uint64_t> max_num_trials{};  ///< different configurations; endless when absent
  std::uint64_t repeat = 1;                       ///< times each configuration is tried, at least 1

  static constexpr auto fields() {
    return std::tuple{field("max_num_trials", &RandomSearch::max_num_trials), field("repeat", &RandomSearch::repeat)};
  }
};

/// Where GridSearch puts its points on a range.
enum class GridPoints : std::uint8_t {
  interior,    ///< the manual's: n points cut the range into n + 1 equal parts ([1, 2], 2 points: 1⅓, 1⅔)
  end_points,  ///< the released code's: the outermost points lie on the bounds ([1, 2], 2 points: 1, 2)
};

/// Every combination of every parameter's grid points; Ordinal and Choice take all their values. The last parameter
/// changes fastest.
struct GridSearch {
  static constexpr std::string_view name = "GridSearch";
  std::uint64_t num_grid_points = 2;  ///< per Continuous or Discrete parameter, at least 1; equal integers are taken once
  GridPoints points = GridPoints::interior;

  static constexpr auto fields() {
    return std::tuple{field("num_grid_points", &GridSearch::num_grid_points), field("points", &GridSearch::points)};
  }
};

/// The configurations given, in order. With no parameters in the study, they are derived from the configurations.
struct Iterate {
  static constexpr std::string_view name = "Iterate";
  std::vector<Configuration> configurations{};

  static constexpr auto fields() { return std::tuple{field("configurations", &Iterate::configurations)}; }
};

/// Each configuration of another algorithm several times, one repetition after the other.
///
/// The best result is over the means of complete groups. A group is complete when all its trials ended; failed ones are left out
/// of the mean. Refused around algorithms that read their own trials back (Chain among them).
struct Repeat {
  static constexpr std::string_view name = "Repeat";
  AlgorithmSpecification algorithm;
  std::uint64_t num_times = 5;       ///< at least 1
  bool wait_for_completion = false;  ///< the next group starts when the last is complete
  bool agg = false;  ///< the inner algorithm sees one row per complete group: mean objective, ObjectiveVar, ObjectiveStdErr

  static constexpr auto fields() {
    return std::tuple{field("algorithm", &Repeat::algorithm), field("num_times", &Repeat::num_times),
                      field("wait_for_completion", &Repeat::wait_for_completion), field("agg", &Repeat::agg)};
  }
};

/// One algorithm after the other, over the same results: the next begins when the one before has nothing more.
struct Chain {
  static constexpr std::string_view name = "Chain";
  std::vector<AlgorithmSpecification> algorithms{};  ///< at least one

  static constexpr auto fields() { return std::tuple{field("algorithms", &Chain::algorithms)}; }
};

/// One's own algorithm, made by `own`. The store keeps its name; a resume brings the code again.
struct OwnAlgorithm {
  static constexpr std::string_view name = "own";
  std::string own{};
  std::function<std::unique_ptr<Algorithm>()> make;

  static constexpr auto fields() { return std::tuple{field("own", &OwnAlgorithm::own)}; }
};

/// Stops a trial whose best objective so far is strictly worse than the median of the other trials' bests up to the same
/// iteration.
///
/// At iteration s (the highest that the trial has reported), the trial's best finite objective at iterations ≤ s is compared with
/// those of all other trials, running ones included, that reached s and have a finite one; at least `min_trials` of them are
/// needed; an even count averages the middle two. A trial that has only NaN or infinite objectives at `min_iterations` is
/// stopped. Golovin et al., "Google Vizier", KDD 2017, section 3.2.2, with the running best instead of the running mean (as
/// SHERPA).
struct MedianStoppingRule {
  static constexpr std::string_view name = "MedianStoppingRule";
  std::int64_t min_iterations = 0;  ///< never stops before this iteration
  std::uint64_t min_trials = 1;     ///< other trials needed for a comparison, at least 1

  static constexpr auto fields() {
    return std::tuple{field("min_iterations", &MedianStoppingRule::min_iterations),
                      field("min_trials", &MedianStoppingRule::min_trials)};
  }
};

/// One's own stopping rule, made by `own`.
struct OwnStoppingRule {
  static constexpr std::string_view name = "own";
  std::string own{};
  std::function<std::unique_ptr<StoppingRule>()> make;

  static constexpr auto fields() { return std::tuple{field("own", &OwnStoppingRule::own)}; }
};

/// One's own algorithm or stopping rule under a name: `own("mixture", [] { return std::make_unique<Mixture>(); })`.
template <class Make>
auto own(std::string name, Make make) {
  using Made = std::invoke_result_t<Make>;
  if constexpr (std::convertible_to<Made, std::unique_ptr<Algorithm>>) {
    return OwnAlgorithm{std::move(name), std::move(make)};
  } else {
    static_assert(std::convertible_to<Made, std::unique_ptr<StoppingRule>>,
                  "make must return a std::unique_ptr to an Algorithm or a StoppingRule");
    return OwnStoppingRule{std::move(name), std::move(make)};
  }
}

}  // namespace sherpa
