#pragma once

#include <sherpa/algorithm.hpp>
#include <sherpa/bayesian_optimization.hpp>
#include <sherpa/configuration.hpp>
#include <sherpa/export.hpp>
#include <sherpa/fields.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sherpa {

namespace space {
struct AlgorithmVariant;
}

struct RandomSearch;
struct GridSearch;
struct SobolSearch;
struct TPE;
struct CMAES;
struct SuccessiveHalving;
struct Hyperband;
struct PopulationBasedTraining;
struct LocalSearch;
struct Genetic;
struct Iterate;
struct Repeat;
struct Chain;
struct OwnAlgorithm;

/// Every algorithm there is. Each is a struct of options with its `name`, that of SHERPA where it
/// has one.
using AlgorithmTypes = Types<RandomSearch, GridSearch, SobolSearch, BayesianOptimization, TPE,
                             CMAES, SuccessiveHalving, Hyperband, PopulationBasedTraining,
                             LocalSearch, Genetic, Iterate, Repeat, Chain, OwnAlgorithm>;

template <class T>
concept AlgorithmOptions = is_one_of<T>(AlgorithmTypes{});

/// Which algorithm a study uses, with its options: comparable, printable, kept in the store. Made
/// from any of the structs below.
class SHERPA_API AlgorithmSpecification {
 public:
  template <AlgorithmOptions T>
  AlgorithmSpecification(T options);

  /// SHERPA's name, say `RandomSearch`.
  std::string name() const;
  /// `{"name": "RandomSearch", "max_num_trials": 40, "repeat": 1}`
  std::string to_json() const;
  const space::AlgorithmVariant& variant() const { return *variant_; }

  friend SHERPA_API bool operator==(const AlgorithmSpecification& a,
                                    const AlgorithmSpecification& b);
  friend SHERPA_API std::ostream& operator<<(std::ostream& out,
                                             const AlgorithmSpecification& specification);

 private:
  std::shared_ptr<const space::AlgorithmVariant> variant_;
};

/// Independent draws, uniform on each parameter's scale; the baseline every other algorithm must
/// beat. Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 13, 2012.
struct RandomSearch {
  static constexpr std::string_view name = "RandomSearch";
  static constexpr std::string_view about =
      "independent draws; the baseline that every other algorithm must beat";
  std::optional<std::uint64_t> max_num_trials{};  ///< different configurations; endless when absent
  std::uint64_t repeat = 1;                       ///< times each configuration is tried, at least 1

  static constexpr auto fields() {
    return Fields{
        field("max_num_trials", &RandomSearch::max_num_trials,
              "different configurations; null: endless"),
        field("repeat", &RandomSearch::repeat, "times each configuration is tried, at least 1")};
  }
};

/// Where GridSearch puts its points on a range.
enum class GridPoints : std::uint8_t {
  interior,  ///< the manual's: n points cut the range into n + 1 equal parts ([1, 2], 2 points: 1⅓,
             ///< 1⅔)
  end_points,  ///< the released code's: the outermost points lie on the bounds ([1, 2], 2 points:
               ///< 1, 2)
};

/// Every combination of every parameter's grid points; Ordinal and Choice take all their values.
/// The last parameter changes fastest.
struct GridSearch {
  static constexpr std::string_view name = "GridSearch";
  static constexpr std::string_view about = "every combination of every parameter's grid points";
  /// Per Continuous or Discrete parameter, at least 1; equal integers are taken once.
  std::uint64_t num_grid_points = 2;
  GridPoints points = GridPoints::interior;

  static constexpr auto fields() {
    return Fields{field("num_grid_points", &GridSearch::num_grid_points,
                            "per continuous or discrete parameter, at least 1"),
                      field("points", &GridSearch::points,
                            "interior: n points cut a range into n + 1 parts; end_points: the "
                            "outermost lie on its ends")};
  }
};

/// Points of a scrambled Sobol sequence: they fill the space more evenly than random ones, whatever
/// their number. docs/algorithms/sobol_search.md.
struct SobolSearch {
  static constexpr std::string_view name = "SobolSearch";
  static constexpr std::string_view about =
      "fills the space evenly with a scrambled Sobol sequence";
  std::optional<std::uint64_t> max_num_trials{};  ///< endless when absent

  static constexpr auto fields() {
    return Fields{field("max_num_trials", &SobolSearch::max_num_trials,
                            "configurations to try; null: endless")};
  }
};

/// The tree-structured Parzen estimator: where the good trials are dense and the bad are not, all
/// parameters together. For mixed spaces, and for many trials at a few milliseconds each.
/// docs/algorithms/tpe.md.
///
/// Bergstra et al., "Algorithms for hyper-parameter optimization", NIPS 2011; multivariate after
/// Falkner et al. 2018 and Watanabe 2023; running trials count as bad ones.
struct TPE {
  static constexpr std::string_view name = "TPE";
  static constexpr std::string_view about =
      "tries where good trials are dense and bad ones are not; for mixed spaces and many trials";
  std::optional<std::uint64_t> max_num_trials{};
  std::uint64_t num_startup_trials = 10;  ///< points of a Sobol sequence before the densities count
  double gamma = 0.15;  ///< fraction of the trials that are the good ones, at most 25 of them
  std::uint64_t num_candidates =
      24;                   ///< drawn from the good for each suggestion, of which the best is taken
  double prior_weight = 1;  ///< of the uniform density in each mixture, beside 1 for a trial

  static constexpr auto fields() {
    return Fields{
        field("max_num_trials", &TPE::max_num_trials, "configurations to try; null: endless"),
        field("num_startup_trials", &TPE::num_startup_trials,
              "evenly spread trials before the densities count"),
        field("gamma", &TPE::gamma,
              "fraction of the trials that count as good, above 0 and below 1; at most 25 of them"),
        field("num_candidates", &TPE::num_candidates,
              "points drawn from the good ones' density, of which the best is taken"),
        field("prior_weight", &TPE::prior_weight,
              "weight of the uniform density beside 1 for a trial, above 0; more explores more")};
  }
};

/// What CMAES does when it has converged or is stuck.
enum class Restarts : std::uint8_t {
  none,   ///< goes on as it is
  ipop,   ///< starts elsewhere with twice the population
  bipop,  ///< with a large and a small population by turns
};

/// Covariance matrix adaptation: a normal distribution that moves and turns towards what is good.
/// For continuous spaces and hundreds to thousands of trials, many at once.
/// docs/algorithms/cma_es.md.
///
/// Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772; integers and ordinals with
/// margin (Hamano et al. 2022), choices after CatCMA (Hamano et al. 2024); restarts: Auger and
/// Hansen, CEC 2005, and Hansen, GECCO 2009.
struct CMAES {
  static constexpr std::string_view name = "CMAES";
  static constexpr std::string_view about =
      "a normal distribution that adapts to the objective; for hundreds of trials and more, many "
      "at once";
  std::optional<std::uint64_t> max_num_trials{};
  /// Trials per generation; absent: 4 + 3 ln(parameters).
  std::optional<std::uint64_t> population_size{};
  /// First standard deviation, in units of each parameter's range on its scale.
  double sigma = 0.2;
  Restarts restarts = Restarts::ipop;

  static constexpr auto fields() {
    return Fields{
        field("max_num_trials", &CMAES::max_num_trials, "configurations to try; null: endless"),
        field("population_size", &CMAES::population_size,
              "trials per generation, at least 2; null: 4 + 3 ln(parameters)"),
        field("sigma", &CMAES::sigma,
              "first standard deviation, as a fraction of each parameter's range on its scale"),
        field(
            "restarts", &CMAES::restarts,
            "when converged: none, ipop (twice the population), bipop (large and small by turns)")};
  }
};

/// From a good configuration, one parameter at a time: the seed, then every untried neighbour of
/// the best so far. docs/algorithms/local_search.md.
struct LocalSearch {
  static constexpr std::string_view name = "LocalSearch";
  static constexpr std::string_view about =
      "improves a good configuration, one parameter at a time";
  Configuration seed_configuration{};  ///< complete; tried first
  std::vector<double> perturbation_factors{
      0.8, 1.2};                    ///< what a Continuous or Discrete value is multiplied with
  std::uint64_t repeat_trials = 1;  ///< times each configuration is tried; their mean counts
  std::optional<std::uint64_t> max_num_trials{};

  static constexpr auto fields() {
    return Fields{
        field("seed_configuration", &LocalSearch::seed_configuration,
              "where to begin: a value for every parameter"),
        field("perturbation_factors", &LocalSearch::perturbation_factors,
              "what a continuous or discrete value is multiplied with: positive, not 1"),
        field("repeat_trials", &LocalSearch::repeat_trials,
              "times each configuration is tried; their mean counts"),
        field("max_num_trials", &LocalSearch::max_num_trials,
              "trials, repetitions counted; null: until no neighbour is left")};
  }
};

/// Each value from one of two parents of the best third, or drawn anew. docs/algorithms/genetic.md.
struct Genetic {
  static constexpr std::string_view name = "Genetic";
  static constexpr std::string_view about =
      "mixes the values of two of the best third of the trials, and draws some anew";
  double mutation_rate = 0.1;  ///< chance of each value to be drawn anew
  std::optional<std::uint64_t> max_num_trials{};

  static constexpr auto fields() {
    return Fields{
        field("mutation_rate", &Genetic::mutation_rate,
              "chance of each value to be drawn anew, from 0 to 1"),
        field("max_num_trials", &Genetic::max_num_trials, "configurations to try; null: endless")};
  }
};

/// Asynchronous successive halving (ASHA): many configurations with little training, the best of
/// them with eta times as much, and so on. Li et al., "A system for massively parallel
/// hyperparameter tuning", MLSys 2020, algorithm 2.
///
/// A trial is told how far to train by `resource` (r·eta^(s + rung)), and goes on from the
/// checkpoint of the trial that `load_from` names: see Trial::load_dir. A promoted configuration is
/// a trial of its own. A rung of n ended trials never sends up more than ⌊n/eta⌋ of them; failed
/// trials do not count. New configurations are drawn near good ones once there are some, as BOHB
/// does (Falkner et al., ICML 2018); SHERPA and the paper draw all of them uniformly, which is
/// `explore = 1`.
struct SuccessiveHalving {
  static constexpr std::string_view name = "SuccessiveHalving";
  static constexpr std::string_view about =
      "many configurations trained little, the best of them longer and longer (ASHA)";
  std::uint64_t r = 1;    ///< least resource of a trial, say epochs; at least 1
  std::uint64_t R = 9;    ///< largest, more than r
  std::uint64_t eta = 3;  ///< one in so many is promoted, at least 2
  std::uint64_t s = 0;    ///< rungs left out at the bottom: the lowest has the resource r·eta^s
  std::uint64_t max_finished_configs =
      50;                    ///< done when so many trials completed the top rung, at least 1
  double explore = 1.0 / 3;  ///< share of new configurations drawn uniformly, 0 to 1

  static constexpr auto fields() {
    return Fields{
        field("r", &SuccessiveHalving::r, "least resource of a trial, say epochs; at least 1"),
        field("R", &SuccessiveHalving::R, "largest resource, more than r"),
        field("eta", &SuccessiveHalving::eta, "one in so many is promoted, at least 2"),
        field("s", &SuccessiveHalving::s,
              "rungs left out at the bottom: the lowest has the resource r*eta^s"),
        field("max_finished_configs", &SuccessiveHalving::max_finished_configs,
              "done when so many trials completed the top rung"),
        field("explore", &SuccessiveHalving::explore,
              "share of new configurations drawn uniformly, 0 to 1")};
  }
};

/// Asynchronous Hyperband: a SuccessiveHalving for every s there is, side by side, for when it is
/// not known how early one can tell good from bad. Li et al., "Hyperband", JMLR 18, 2018, and
/// section 3.2 of the ASHA paper.
///
/// The next trial goes to the bracket on which the least resource was spent so far, so that all get
/// the same (the one with the smallest s of equals). Configurations have the field `bracket` (its
/// s) beside those of SuccessiveHalving.
struct Hyperband {
  static constexpr std::string_view name = "Hyperband";
  static constexpr std::string_view about =
      "successive halving with every length of the first training, side by side";
  std::uint64_t r = 1;                      ///< as SuccessiveHalving's
  std::uint64_t R = 9;                      ///< as SuccessiveHalving's
  std::uint64_t eta = 3;                    ///< as SuccessiveHalving's
  std::uint64_t max_finished_configs = 50;  ///< in all brackets together
  double explore = 1.0 / 3;                 ///< as SuccessiveHalving's

  static constexpr auto fields() {
    return Fields{field("r", &Hyperband::r, "least resource of a trial, at least 1"),
                      field("R", &Hyperband::R, "largest resource, more than r"),
                      field("eta", &Hyperband::eta, "one in so many is promoted, at least 2"),
                      field("max_finished_configs", &Hyperband::max_finished_configs,
                            "done when so many completed a top rung, in all brackets"),
                      field("explore", &Hyperband::explore,
                            "share of new configurations drawn uniformly, 0 to 1")};
  }
};

/// Population based training: all members of a population train for a while; then the worst fifth
/// are replaced by copies of members of the best fifth, with their weights and with parameters
/// changed a little, and so on. So parameters change while a network trains. Jaderberg et al.,
/// "Population based training of neural networks", 2017.
///
/// A member of a generation is a trial of its own, told by `load_from` (see Trial::load_dir) which
/// one it goes on from, `generation` (from 1), and `lineage`, the trials before it ("1,6,12,"; the
/// newest 100). A generation begins when the last is complete; whoever asks before is told to wait.
/// Members that failed or saw nothing finite are replaced, too.
struct PopulationBasedTraining {
  static constexpr std::string_view name = "PopulationBasedTraining";
  static constexpr std::string_view about =
      "a population that trains together; the worst go on as changed copies of the best";
  std::uint64_t num_generations = 0;   ///< to be given, at least 1
  std::uint64_t population_size = 20;  ///< at least 2
  /// Bounds ([low, high]; for Ordinal and Choice values) that perturbation keeps to, within the
  /// parameter's; by name.
  std::map<std::string, std::vector<Value>> parameter_range{};
  std::vector<double> perturbation_factors{0.8, 1.2};  ///< one of these is drawn; more than 0
  /// Chance that a parameter of a copy is drawn anew instead, 0 to 1: a population that is small
  /// for its space so goes on finding things. SHERPA's rule is 0.
  double resample_probability = 0.25;

  static constexpr auto fields() {
    return Fields{field("num_generations", &PopulationBasedTraining::num_generations,
                            "to be given, at least 1"),
                      field("population_size", &PopulationBasedTraining::population_size,
                            "members of a generation, at least 2"),
                      field("parameter_range", &PopulationBasedTraining::parameter_range,
                            "bounds that perturbation keeps to, by name"),
                      field("perturbation_factors", &PopulationBasedTraining::perturbation_factors,
                            "one of these is drawn; more than 0"),
                      field("resample_probability", &PopulationBasedTraining::resample_probability,
                            "chance that a copy's parameter is drawn anew, 0 to 1")};
  }
};

/// The configurations given, in order. With no parameters in the study, they are derived from the
/// configurations.
struct Iterate {
  static constexpr std::string_view name = "Iterate";
  static constexpr std::string_view about = "given configurations, in order";
  std::vector<Configuration> configurations{};

  static constexpr auto fields() {
    return Fields{field("configurations", &Iterate::configurations, "complete configurations")};
  }
};

/// Each configuration of another algorithm several times, one repetition after the other.
///
/// The best result is over the means of complete groups. A group is complete when all its trials
/// ended; failed ones are left out of the mean. Refused around algorithms that read their own
/// trials back (Chain among them).
struct Repeat {
  static constexpr std::string_view name = "Repeat";
  static constexpr std::string_view about = "each configuration of another algorithm several times";
  AlgorithmSpecification algorithm;
  std::uint64_t num_times = 5;       ///< at least 1
  bool wait_for_completion = false;  ///< the next group starts when the last is complete
  /// The inner algorithm sees one row per complete group: mean objective, ObjectiveVar,
  /// ObjectiveStdErr.
  bool agg = false;

  static constexpr auto fields() {
    return Fields{
        field("algorithm", &Repeat::algorithm, "whose configurations"),
        field("num_times", &Repeat::num_times, "at least 1"),
        field("wait_for_completion", &Repeat::wait_for_completion,
              "the next group starts when the last is complete"),
        field("agg", &Repeat::agg, "the algorithm inside sees the means of complete groups")};
  }
};

/// One algorithm after the other, over the same results: the next begins when the one before has
/// nothing more.
struct Chain {
  static constexpr std::string_view name = "Chain";
  static constexpr std::string_view about = "one algorithm after the other, over the same results";
  std::vector<AlgorithmSpecification> algorithms{};  ///< at least one

  static constexpr auto fields() {
    return Fields{field("algorithms", &Chain::algorithms, "at least one")};
  }
};

/// One's own algorithm, made by `own`. The store keeps its name; a resume brings the code again.
struct OwnAlgorithm {
  static constexpr std::string_view name = "own";
  std::string own{};
  std::function<std::unique_ptr<Algorithm>()> make;

  static constexpr auto fields() { return Fields{field("own", &OwnAlgorithm::own)}; }
};

/// Your own algorithm under a name: `own("mixture", [] { return std::make_unique<Mixture>(); })`.
template <class Make>
  requires std::convertible_to<std::invoke_result_t<Make>, std::unique_ptr<Algorithm>> OwnAlgorithm
  own(std::string name, Make make) {
    return {std::move(name), std::move(make)};
  }

}  // namespace sherpa
