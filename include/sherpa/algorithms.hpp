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
namespace internal {
struct Access;
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

/// All algorithms. Each is a struct of options with a `name`, which is SHERPA's where SHERPA has
/// the algorithm.
using AlgorithmTypes = Types<RandomSearch, GridSearch, SobolSearch, BayesianOptimization, TPE,
                             CMAES, SuccessiveHalving, Hyperband, PopulationBasedTraining,
                             LocalSearch, Genetic, Iterate, Repeat, Chain, OwnAlgorithm>;

template <class T>
concept AlgorithmOptions = is_one_of<T>(AlgorithmTypes{});

/// An algorithm's name and options: comparable, printable, stored with the study. Any of the
/// structs below converts to it.
class SHERPA_API AlgorithmSpecification {
 public:
  template <AlgorithmOptions T>
  AlgorithmSpecification(T options);

  /// SHERPA's name, say `RandomSearch`.
  std::string name() const;
  /// `{"name": "RandomSearch", "max_num_trials": 40, "repeat": 1}`
  std::string to_json() const;

  friend SHERPA_API bool operator==(const AlgorithmSpecification& a,
                                    const AlgorithmSpecification& b);
  friend SHERPA_API std::ostream& operator<<(std::ostream& out,
                                             const AlgorithmSpecification& specification);

 private:
  friend struct internal::Access;
  std::shared_ptr<const space::AlgorithmVariant> variant_;
};

/// Independent draws, uniform on each parameter's scale; the baseline every other algorithm must
/// beat. Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 13, 2012.
struct RandomSearch {
  static constexpr std::string_view name = "RandomSearch";
  static constexpr std::string_view about =
      "independent draws; the baseline that every other algorithm must beat";
  std::optional<std::uint64_t> max_num_trials{};  ///< different configurations; absent: no limit
  std::uint64_t repeat = 1;                       ///< trials of each configuration, at least 1

  static constexpr auto fields() {
    return Fields{
        field("max_num_trials", &RandomSearch::max_num_trials,
              "different configurations to try; null: no limit"),
        field("repeat", &RandomSearch::repeat, "trials of each configuration, at least 1")};
  }
};

/// Where GridSearch puts its points on a range.
enum class GridPoints : std::uint8_t {
  /// n points divide the range into n + 1 equal parts: 1⅓ and 1⅔ for 2 points in [1, 2]. As
  /// SHERPA's manual describes it.
  interior,
  /// The outermost points lie on the bounds: 1 and 2 for 2 points in [1, 2]. As SHERPA's code does
  /// it.
  end_points,
};

/// Every combination of the parameters' grid points. Ordinal and Choice contribute all their
/// values. The last parameter changes fastest.
struct GridSearch {
  static constexpr std::string_view name = "GridSearch";
  static constexpr std::string_view about = "every combination of every parameter's grid points";
  /// Points for each Continuous or Discrete parameter, at least 1. Points that round to the same
  /// integer count once.
  std::uint64_t num_grid_points = 2;
  GridPoints points = GridPoints::interior;

  static constexpr auto fields() {
    return Fields{field("num_grid_points", &GridSearch::num_grid_points,
                        "grid points for each continuous or discrete parameter, at least 1"),
                  field("points", &GridSearch::points,
                        "interior: n points divide a range into n + 1 parts; end_points: the "
                        "outermost points lie on its bounds")};
  }
};

/// Points of a scrambled Sobol sequence, which fill the space more evenly than random points,
/// whatever their number. docs/algorithms/sobol_search.md.
struct SobolSearch {
  static constexpr std::string_view name = "SobolSearch";
  static constexpr std::string_view about =
      "fills the space evenly with a scrambled Sobol sequence";
  std::optional<std::uint64_t> max_num_trials{};  ///< absent: no limit

  static constexpr auto fields() {
    return Fields{field("max_num_trials", &SobolSearch::max_num_trials,
                        "configurations to try; null: no limit")};
  }
};

/// The tree-structured Parzen estimator: tries configurations where good trials are dense and bad
/// ones are not, over all parameters jointly. For mixed spaces and many trials; a suggestion takes
/// a few milliseconds. docs/algorithms/tpe.md.
///
/// Bergstra et al., "Algorithms for hyper-parameter optimization", NIPS 2011; multivariate after
/// Falkner et al. 2018 and Watanabe 2023; running trials count as bad ones.
struct TPE {
  static constexpr std::string_view name = "TPE";
  static constexpr std::string_view about =
      "tries where good trials are dense and bad ones are not; for mixed spaces and many trials";
  std::optional<std::uint64_t> max_num_trials{};
  std::uint64_t num_startup_trials = 10;  ///< first trials, from a Sobol sequence, without a model
  double gamma = 0.15;  ///< fraction of the trials that count as good, at most 25 of them
  /// Points drawn from the good trials' density for each suggestion; the best one is suggested.
  std::uint64_t num_candidates = 24;
  double prior_weight = 1;  ///< of the uniform density in each mixture, where a trial has weight 1

  static constexpr auto fields() {
    return Fields{
        field("max_num_trials", &TPE::max_num_trials, "configurations to try; null: no limit"),
        field("num_startup_trials", &TPE::num_startup_trials,
              "first trials, evenly spread, before the densities are used"),
        field("gamma", &TPE::gamma,
              "fraction of the trials that count as good, above 0 and below 1; at most 25 of them"),
        field("num_candidates", &TPE::num_candidates,
              "points drawn from the density of the good trials; the best one is suggested"),
        field(
            "prior_weight", &TPE::prior_weight,
            "weight of the uniform density, above 0; a trial has weight 1; larger explores more")};
  }
};

/// What CMAES does once it has converged or makes no progress.
enum class Restarts : std::uint8_t {
  none,   ///< continues as it is
  ipop,   ///< restarts at another point with twice the population
  bipop,  ///< restarts with a large and a small population in turn
};

/// Covariance matrix adaptation: draws from a normal distribution whose mean, scale and shape
/// follow the better trials. For continuous spaces and hundreds to thousands of trials, many at
/// once. docs/algorithms/cma_es.md.
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
        field("max_num_trials", &CMAES::max_num_trials, "configurations to try; null: no limit"),
        field("population_size", &CMAES::population_size,
              "trials per generation, at least 2; null: 4 + 3 ln(parameters)"),
        field("sigma", &CMAES::sigma,
              "first standard deviation, as a fraction of each parameter's range on its scale"),
        field(
            "restarts", &CMAES::restarts,
            "on convergence: none, ipop (double the population), bipop (large and small in turn)")};
  }
};

/// Improves a good configuration, one parameter at a time: tries the seed, then every untried
/// neighbour of the best configuration so far. docs/algorithms/local_search.md.
struct LocalSearch {
  static constexpr std::string_view name = "LocalSearch";
  static constexpr std::string_view about =
      "improves a good configuration, one parameter at a time";
  Configuration seed_configuration{};  ///< tried first; a value for every parameter
  /// The factors by which a Continuous or Discrete value is multiplied; positive, not 1.
  std::vector<double> perturbation_factors{0.8, 1.2};
  std::uint64_t repeat_trials = 1;  ///< trials of each configuration; their mean counts
  std::optional<std::uint64_t> max_num_trials{};

  static constexpr auto fields() {
    return Fields{field("seed_configuration", &LocalSearch::seed_configuration,
                        "tried first: a value for every parameter"),
                  field("perturbation_factors", &LocalSearch::perturbation_factors,
                        "factors for a continuous or discrete value: positive, not 1"),
                  field("repeat_trials", &LocalSearch::repeat_trials,
                        "trials of each configuration; their mean counts"),
                  field("max_num_trials", &LocalSearch::max_num_trials,
                        "trials, repetitions included; null: until no neighbour is left")};
  }
};

/// Takes each value from one of two parents among the best third of the trials, or draws it at
/// random. docs/algorithms/genetic.md.
struct Genetic {
  static constexpr std::string_view name = "Genetic";
  static constexpr std::string_view about =
      "combines the values of two of the best third of the trials, and draws some at random";
  double mutation_rate = 0.1;  ///< probability that a value is drawn at random, 0 to 1
  std::optional<std::uint64_t> max_num_trials{};

  static constexpr auto fields() {
    return Fields{
        field("mutation_rate", &Genetic::mutation_rate,
              "probability that a value is drawn at random, 0 to 1"),
        field("max_num_trials", &Genetic::max_num_trials, "configurations to try; null: no limit")};
  }
};

/// Asynchronous successive halving (ASHA): trains many configurations a little, the best of them
/// eta times as long, and so on. Li et al., "A system for massively parallel hyperparameter
/// tuning", MLSys 2020, algorithm 2.
///
/// The configuration's field `resource` (r·eta^(s + rung)) says how far to train; `load_from` names
/// the trial from whose checkpoint to resume (see Trial::load_dir). A promoted configuration
/// becomes a new trial. A rung with n ended trials promotes at most ⌊n/eta⌋ of them; failed trials
/// do not count. Once there are good configurations, new ones are drawn near them, as in BOHB
/// (Falkner et al., ICML 2018). SHERPA and the paper draw all of them uniformly; so does `explore =
/// 1`.
struct SuccessiveHalving {
  static constexpr std::string_view name = "SuccessiveHalving";
  static constexpr std::string_view about =
      "trains many configurations a little, the best of them longer and longer (ASHA)";
  std::uint64_t r = 1;    ///< least resource of a trial, say epochs; at least 1
  std::uint64_t R = 9;    ///< largest resource, more than r
  std::uint64_t eta = 3;  ///< one trial in eta is promoted, at least 2
  std::uint64_t s = 0;    ///< lowest rungs to skip: the first rung then has the resource r·eta^s
  /// Done when this many trials have completed the top rung; at least 1.
  std::uint64_t max_finished_configs = 50;
  double explore = 1.0 / 3;  ///< share of new configurations drawn uniformly, 0 to 1
  /// Trials in all, promoted ones included. Without a limit, a study in which trials can no longer
  /// be promoted or complete the top rung ends with an error (`give_up_after`).
  std::optional<std::uint64_t> max_num_trials{};

  static constexpr auto fields() {
    return Fields{
        field("r", &SuccessiveHalving::r, "least resource of a trial, say epochs; at least 1"),
        field("R", &SuccessiveHalving::R, "largest resource, more than r"),
        field("eta", &SuccessiveHalving::eta, "one trial in eta is promoted, at least 2"),
        field("s", &SuccessiveHalving::s,
              "lowest rungs to skip: the first rung then has the resource r*eta^s"),
        field("max_finished_configs", &SuccessiveHalving::max_finished_configs,
              "done when this many trials have completed the top rung"),
        field("explore", &SuccessiveHalving::explore,
              "share of new configurations drawn uniformly, 0 to 1"),
        field("max_num_trials", &SuccessiveHalving::max_num_trials,
              "trials in all, promoted ones included; null: no limit")};
  }
};

/// Asynchronous Hyperband: one SuccessiveHalving for every possible s, side by side. Use it when
/// you do not know how early good and bad configurations differ. Li et al., "Hyperband", JMLR 18,
/// 2018, and section 3.2 of the ASHA paper.
///
/// The next trial goes to the bracket that has used the least resource so far (among equals, the
/// one with the smallest s), so that all brackets get the same share. Configurations have the field
/// `bracket` (its s) in addition to those of SuccessiveHalving.
struct Hyperband {
  static constexpr std::string_view name = "Hyperband";
  static constexpr std::string_view about =
      "successive halving with every possible first resource, side by side";
  std::uint64_t r = 1;                            ///< as SuccessiveHalving's
  std::uint64_t R = 9;                            ///< as SuccessiveHalving's
  std::uint64_t eta = 3;                          ///< as SuccessiveHalving's
  std::uint64_t max_finished_configs = 50;        ///< done when this many have completed a top rung
  double explore = 1.0 / 3;                       ///< as SuccessiveHalving's
  std::optional<std::uint64_t> max_num_trials{};  ///< as SuccessiveHalving's

  static constexpr auto fields() {
    return Fields{
        field("r", &Hyperband::r, "least resource of a trial, at least 1"),
        field("R", &Hyperband::R, "largest resource, more than r"),
        field("eta", &Hyperband::eta, "one trial in eta is promoted, at least 2"),
        field("max_finished_configs", &Hyperband::max_finished_configs,
              "done when this many trials have completed a top rung, in all brackets together"),
        field("explore", &Hyperband::explore,
              "share of new configurations drawn uniformly, 0 to 1"),
        field("max_num_trials", &Hyperband::max_num_trials,
              "trials in all, promoted ones included; null: no limit")};
  }
};

/// Population based training: all members of a population train for a while; then copies of members
/// of the best fifth, with their weights and with slightly changed parameters, replace the worst
/// fifth; and so on. Parameters so change while a network trains. Jaderberg et al., "Population
/// based training of neural networks", 2017.
///
/// Each member of each generation is a trial. Its configuration has the fields `load_from` (the
/// trial from whose checkpoint to resume, see Trial::load_dir), `generation` (from 1) and `lineage`
/// (the trials before it, "1,6,12,"; the newest 100). A generation begins once the one before is
/// complete; until then the algorithm answers Wait. Members that failed or reported no finite
/// objective are replaced, too.
struct PopulationBasedTraining {
  static constexpr std::string_view name = "PopulationBasedTraining";
  static constexpr std::string_view about =
      "trains a population; changed copies of its best members replace the worst";
  std::uint64_t num_generations = 0;   ///< required, at least 1
  std::uint64_t population_size = 20;  ///< at least 2
  /// Bounds for perturbation, by parameter name and within the parameter's own: [low, high], or the
  /// allowed values of an Ordinal or Choice.
  std::map<std::string, std::vector<Value>> parameter_range{};
  std::vector<double> perturbation_factors{0.8, 1.2};  ///< drawn from; positive
  /// Probability that a copy's parameter is drawn at random instead of perturbed, 0 to 1. A
  /// population that is small for its space so keeps exploring. SHERPA's rule is 0.
  double resample_probability = 0.25;

  static constexpr auto fields() {
    return Fields{
        field("num_generations", &PopulationBasedTraining::num_generations, "required, at least 1"),
        field("population_size", &PopulationBasedTraining::population_size,
              "members of a generation, at least 2"),
        field("parameter_range", &PopulationBasedTraining::parameter_range,
              "bounds for perturbation, by parameter name"),
        field("perturbation_factors", &PopulationBasedTraining::perturbation_factors,
              "factors to draw from; positive"),
        field("resample_probability", &PopulationBasedTraining::resample_probability,
              "probability that a copy's parameter is drawn at random, 0 to 1")};
  }
};

/// Given configurations, in order. When the study has no parameters, it derives them from these
/// configurations (see parameters_of).
struct Iterate {
  static constexpr std::string_view name = "Iterate";
  static constexpr std::string_view about = "given configurations, in order";
  std::vector<Configuration> configurations{};

  static constexpr auto fields() {
    return Fields{field("configurations", &Iterate::configurations,
                        "configurations with a value for every parameter")};
  }
};

/// Repeats each configuration of another algorithm several times, one repetition after the other.
///
/// The repetitions of a configuration form a group. The best result is the best mean of a complete
/// group; a group is complete when all its trials have ended, and failed trials do not enter its
/// mean. Algorithms that read the results of their own trials by number, Chain among them, cannot
/// be repeated.
struct Repeat {
  static constexpr std::string_view name = "Repeat";
  static constexpr std::string_view about =
      "repeats each configuration of another algorithm several times";
  AlgorithmSpecification algorithm;
  std::uint64_t num_times = 5;       ///< at least 1
  bool wait_for_completion = false;  ///< begin a group only when the one before is complete
  /// The inner algorithm sees one row for each complete group: the mean objective, with the metrics
  /// ObjectiveVar and ObjectiveStdErr.
  bool agg = false;

  static constexpr auto fields() {
    return Fields{
        field("algorithm", &Repeat::algorithm, "the algorithm whose configurations are repeated"),
        field("num_times", &Repeat::num_times, "trials of each configuration, at least 1"),
        field("wait_for_completion", &Repeat::wait_for_completion,
              "begin a group only when the one before is complete"),
        field("agg", &Repeat::agg, "the repeated algorithm sees the means of complete groups")};
  }
};

/// Runs algorithms one after the other on the same results: the next begins when the one before is
/// done.
struct Chain {
  static constexpr std::string_view name = "Chain";
  static constexpr std::string_view about = "one algorithm after the other, over the same results";
  std::vector<AlgorithmSpecification> algorithms{};  ///< at least one

  static constexpr auto fields() {
    return Fields{field("algorithms", &Chain::algorithms, "the algorithms in order, at least one")};
  }
};

/// An algorithm of your own; made by `own`. The store keeps only its name, so a resumed study needs
/// the code again.
struct OwnAlgorithm {
  static constexpr std::string_view name = "own";
  std::string own{};
  std::function<std::unique_ptr<Algorithm>()> make;

  static constexpr auto fields() { return Fields{field("own", &OwnAlgorithm::own)}; }
};

/// Names an algorithm of your own: `own("mixture", [] { return std::make_unique<Mixture>(); })`.
/// `make` is called whenever the study starts or must rebuild the algorithm.
template <class Make>
  requires std::convertible_to<std::invoke_result_t<Make>, std::unique_ptr<Algorithm>> OwnAlgorithm
  own(std::string name, Make make) {
    return {std::move(name), std::move(make)};
  }

}  // namespace sherpa
