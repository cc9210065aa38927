#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/fields.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

namespace sherpa {

/// Points of a scrambled Sobol sequence: they fill the space more evenly than random ones, whatever their number.
/// docs/algorithms/sobol_search.md.
struct SobolSearch {
  static constexpr std::string_view name = "SobolSearch";
  static constexpr std::string_view about = "fills the space evenly with a scrambled Sobol sequence";
  std::optional<std::uint64_t> max_num_trials{};  ///< endless when absent

  static constexpr auto fields() {
    return std::tuple{field("max_num_trials", &SobolSearch::max_num_trials, "configurations to try; null: endless")};
  }
};

/// The tree-structured Parzen estimator: where the good trials are dense and the bad are not, all parameters together. For mixed
/// spaces, and for many trials at a few milliseconds each. docs/algorithms/tpe.md.
///
/// Bergstra et al., "Algorithms for hyper-parameter optimization", NIPS 2011; multivariate after Falkner et al. 2018 and Watanabe
/// 2023; running trials count as bad ones.
struct TPE {
  static constexpr std::string_view name = "TPE";
  static constexpr std::string_view about =
      "tries where good trials are dense and bad ones are not; for mixed spaces and many trials";
  std::optional<std::uint64_t> max_num_trials{};
  std::uint64_t num_startup_trials = 10;  ///< points of a Sobol sequence before the densities count
  double gamma = 0.15;                    ///< fraction of the trials that are the good ones, at most 25 of them
  std::uint64_t num_candidates = 24;      ///< drawn from the good for each suggestion, of which the best is taken
  double prior_weight = 1;                ///< of the uniform density in each mixture, beside 1 for a trial

  static constexpr auto fields() {
    return std::tuple{
        field("max_num_trials", &TPE::max_num_trials, "configurations to try; null: endless"),
        field("num_startup_trials", &TPE::num_startup_trials, "evenly spread trials before the densities count"),
        field("gamma", &TPE::gamma, "fraction of the trials that count as good, above 0 and below 1; at most 25 of them"),
        field("num_candidates", &TPE::num_candidates, "points drawn from the good ones' density, of which the best is taken"),
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

/// Covariance matrix adaptation: a normal distribution that moves and turns towards what is good. For continuous spaces and
/// hundreds to thousands of trials, many at once. docs/algorithms/cma_es.md.
///
/// Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772; integers and ordinals with margin (Hamano et al. 2022),
/// choices after CatCMA (Hamano et al. 2024); restarts: Auger and Hansen, CEC 2005, and Hansen, GECCO 2009.
struct CMAES {
  static constexpr std::string_view name = "CMAES";
  static constexpr std::string_view about =
      "a normal distribution that adapts to the objective; for hundreds of trials and more, many at once";
  std::optional<std::uint64_t> max_num_trials{};
  std::optional<std::uint64_t> population_size{};  ///< trials per generation; absent: 4 + 3 ln(parameters)
  double sigma = 0.2;                              ///< first standard deviation, in units of each parameter's range on its scale
  Restarts restarts = Restarts::ipop;

  static constexpr auto fields() {
    return std::tuple{
        field("max_num_trials", &CMAES::max_num_trials, "configurations to try; null: endless"),
        field("population_size", &CMAES::population_size, "trials per generation, at least 2; null: 4 + 3 ln(parameters)"),
        field("sigma", &CMAES::sigma, "first standard deviation, as a fraction of each parameter's range on its scale"),
        field("restarts", &CMAES::restarts,
              "when converged: none, ipop (twice the population), bipop (large and small by turns)")};
  }
};

/// From a good configuration, one parameter at a time: the seed, then every untried neighbour of the best so far.
/// docs/algorithms/local_search.md.
struct LocalSearch {
  static constexpr std::string_view name = "LocalSearch";
  static constexpr std::string_view about = "improves a good configuration, one parameter at a time";
  Configuration seed_configuration{};                  ///< complete; tried first
  std::vector<double> perturbation_factors{0.8, 1.2};  ///< what a Continuous or Discrete value is multiplied with
  std::uint64_t repeat_trials = 1;                     ///< times each configuration is tried; their mean counts
  std::optional<std::uint64_t> max_num_trials{};

  static constexpr auto fields() {
    return std::tuple{
        field("seed_configuration", &LocalSearch::seed_configuration, "where to begin: a value for every parameter"),
        field("perturbation_factors", &LocalSearch::perturbation_factors,
              "what a continuous or discrete value is multiplied with: positive, not 1"),
        field("repeat_trials", &LocalSearch::repeat_trials, "times each configuration is tried; their mean counts"),
        field("max_num_trials", &LocalSearch::max_num_trials, "trials, repetitions counted; null: until no neighbour is left")};
  }
};

/// Each value from one of two parents of the best third, or drawn anew. docs/algorithms/genetic.md.
struct Genetic {
  static constexpr std::string_view name = "Genetic";
  static constexpr std::string_view about = "mixes the values of two of the best third of the trials, and draws some anew";
  double mutation_rate = 0.1;  ///< chance of each value to be drawn anew
  std::optional<std::uint64_t> max_num_trials{};

  static constexpr auto fields() {
    return std::tuple{field("mutation_rate", &Genetic::mutation_rate, "chance of each value to be drawn anew, from 0 to 1"),
                      field("max_num_trials", &Genetic::max_num_trials, "configurations to try; null: endless")};
  }
};

}  // namespace sherpa
