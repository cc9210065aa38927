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

/// What BayesianOptimization takes the objective for.
enum class ModelType : std::uint8_t {
  gp,               ///< `GP`: Gaussian process, hyperparameters at their most probable values
  gp_mcmc,          ///< `GP_MCMC`: the same averaged over draws of the hyperparameters
  sparse_gp,        ///< `sparseGP`: by inducing points, for thousands of trials
  warped_gp,        ///< `warpedGP`: objectives warped by a sum of tanh
  input_warped_gp,  ///< `InputWarpedGP`: the scale of each parameter warped
  rf,               ///< `RF`: random forest, for large mixed spaces and jumps
};

/// What makes a configuration worth trying. The _MCMC kinds are averaged over draws of the model's
/// hyperparameters.
enum class AcquisitionType : std::uint8_t {
  ei,  ///< `EI`: expected improvement
  ei_mcmc,
  mpi,  ///< `MPI`: probability of improvement
  mpi_mcmc,
  lcb,  ///< `LCB`: lower confidence bound
  lcb_mcmc,
};

/// So many, or `infer`.
struct InitialDataPoints {
  std::optional<std::uint64_t> number{};  ///< absent: infer

  InitialDataPoints() = default;
  InitialDataPoints(std::uint64_t n) : number(n) {}
  friend bool operator==(const InitialDataPoints&, const InitialDataPoints&) = default;
};

/// Learns what to expect of the objective from all trials so far, and tries what is most promising
/// next. SHERPA's `GPyOpt`.
///
/// Begins with `initial_data_points`, then with points that fill the space evenly, then believes
/// its model. Trials that are running are taken into account, however many.
struct BayesianOptimization {
  static constexpr std::string_view name = "BayesianOptimization";
  static constexpr std::string_view other_name = "GPyOpt";
  static constexpr std::string_view about = "models the objective and tries what is most promising";
  ModelType model_type = ModelType::gp;
  InitialDataPoints num_initial_data_points{};       ///< trials before the model counts, others'
                                                     ///< included; infer: parameters + 1
  std::vector<Configuration> initial_data_points{};  ///< complete configurations, tried first
  AcquisitionType acquisition_type = AcquisitionType::ei;
  /// SHERPA's size of a batch; suggestions here are replaced by each result, whatever it is.
  std::uint64_t max_concurrent = 4;
  std::optional<std::uint64_t> max_num_trials{};  ///< endless when absent
  bool verbosity = false;                         ///< one line in the log for each suggestion

  /// The configuration of which the model expects the best objective, after all trials that ended,
  /// whichever algorithm chose them; it need not be one that was tried. With noisy objectives it is
  /// a better answer than the best result. Empty when nothing finite was seen.
  ///
  ///     auto best = algorithm.get_best_pred(study.parameters(), study.results(),
  ///     study.lower_is_better());
  ///
  /// Throws Exception(invalid_argument) for results of another search space.
  SHERPA_API std::optional<Configuration> get_best_pred(const std::vector<Parameter>& parameters,
                                                        const Results& results,
                                                        bool lower_is_better) const;

  static constexpr auto fields() {
    using T = BayesianOptimization;
    return Fields{
        field("model_type", &T::model_type, "what the objective is taken for"),
        field("num_initial_data_points", &T::num_initial_data_points,
              "trials before the model counts; infer: parameters + 1"),
        field("initial_data_points", &T::initial_data_points,
              "complete configurations, tried first"),
        field("acquisition_type", &T::acquisition_type, "what makes a configuration worth trying"),
        field("max_concurrent", &T::max_concurrent, "SHERPA's size of a batch, at least 1"),
        field("max_num_trials", &T::max_num_trials, "endless when absent"),
        field("verbosity", &T::verbosity, "one line in the log for each suggestion")};
  }
};

}  // namespace sherpa
