#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/export.hpp>
#include <sherpa/fields.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sherpa {

class Parameter;
class Results;

/// The surrogate model of BayesianOptimization.
enum class ModelType : std::uint8_t {
  gp,               ///< `GP`: Gaussian process with the most probable hyperparameters
  gp_mcmc,          ///< `GP_MCMC`: Gaussian process averaged over draws of its hyperparameters
  sparse_gp,        ///< `sparseGP`: Gaussian process on inducing points, for thousands of trials
  warped_gp,        ///< `warpedGP`: Gaussian process of objectives warped by a sum of tanh
  input_warped_gp,  ///< `InputWarpedGP`: Gaussian process of warped parameters
  rf,               ///< `RF`: random forest, for large mixed spaces and discontinuous objectives
};

/// The acquisition function of BayesianOptimization: how promising a configuration is, given the
/// model. The _MCMC kinds average over draws of the model's hyperparameters.
enum class AcquisitionType : std::uint8_t {
  ei,  ///< `EI`: expected improvement
  ei_mcmc,
  mpi,  ///< `MPI`: probability of improvement
  mpi_mcmc,
  lcb,  ///< `LCB`: lower confidence bound
  lcb_mcmc,
};

/// A number of trials, or `infer` (absent).
struct InitialDataPoints {
  std::optional<std::uint64_t> number{};  ///< absent: infer

  InitialDataPoints() = default;
  InitialDataPoints(std::uint64_t n) : number(n) {}
  friend bool operator==(const InitialDataPoints&, const InitialDataPoints&) = default;
};

/// Fits a surrogate model to all trials so far, and tries the configuration with the largest
/// acquisition function. SHERPA's `GPyOpt`. docs/algorithms/bayesian_optimization.md.
///
/// Begins with `initial_data_points`, continues with points that fill the space evenly, and then
/// uses its model. Any number of pending trials is taken into account.
struct BayesianOptimization {
  static constexpr std::string_view name = "BayesianOptimization";
  static constexpr std::string_view other_name = "GPyOpt";
  static constexpr std::string_view about =
      "fits a model of the objective and tries the most promising configuration";
  ModelType model_type = ModelType::gp;
  /// Trials before the model is used, those of other algorithms included; infer: number of
  /// parameters + 1.
  InitialDataPoints num_initial_data_points{};
  /// Configurations to try first, with a value for every parameter.
  std::vector<Configuration> initial_data_points{};
  AcquisitionType acquisition_type = AcquisitionType::ei;
  /// SHERPA's batch size. Accepted, but without effect on the suggestions: they take every new
  /// result into account.
  std::uint64_t max_concurrent = 4;
  std::optional<std::uint64_t> max_num_trials{};  ///< absent: no limit
  bool verbosity = false;                         ///< log one line for each suggestion

  /// Returns the configuration that the model predicts to be best, from all ended trials, whichever
  /// algorithm suggested them. It need not be one that was tried. With noisy objectives it is a
  /// better answer than the best result. Returns nothing when no trial has a finite objective.
  ///
  ///     auto best = algorithm.get_best_pred(
  ///         study.parameters(), study.results(), study.lower_is_better());
  ///
  /// Throws Exception(invalid_argument) when the results are those of another search space.
  SHERPA_API std::optional<Configuration> get_best_pred(const std::vector<Parameter>& parameters,
                                                        const Results& results,
                                                        bool lower_is_better) const;

  static constexpr auto fields() {
    using T = BayesianOptimization;
    return Fields{
        field("model_type", &T::model_type, "surrogate model of the objective"),
        field("num_initial_data_points", &T::num_initial_data_points,
              "trials before the model is used; infer: number of parameters + 1"),
        field("initial_data_points", &T::initial_data_points,
              "configurations to try first, with a value for every parameter"),
        field("acquisition_type", &T::acquisition_type, "acquisition function"),
        field("max_concurrent", &T::max_concurrent,
              "SHERPA's batch size, at least 1; without effect"),
        field("max_num_trials", &T::max_num_trials, "configurations to try; null: no limit"),
        field("verbosity", &T::verbosity, "log one line for each suggestion")};
  }
};

}  // namespace sherpa
