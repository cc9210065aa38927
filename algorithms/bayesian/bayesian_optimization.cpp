#include "algorithms/algorithms.hpp"
#include "algorithms/bayesian/acquisition/acquisition_search.hpp"
#include "algorithms/bayesian/models/features.hpp"
#include "algorithms/bayesian/surrogate_models.hpp"
#include "algorithms/history.hpp"
#include "algorithms/numerics/sobol.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

class BayesianOptimizationAlgorithm final : public study::InnerAlgorithm {
 public:
  BayesianOptimizationAlgorithm(BayesianOptimization options, History history)
      : options_(std::move(options)),
        history_(std::move(history)),
        features_(history_.space()),
        mixed_(std::ranges::any_of(history_.space().parameters(),
                                   [](const Parameter& one) { return space::levels(one) > 0; })),
        models_(options_, history_.space()) {}

  study::Reads reads() const override {
    return {.enqueued = true, .observations = false, .ends = true};
  }
  void learn(const study::Entry& entry, const study::View&) override { history_.learn(entry); }

  study::Proposal suggest(const study::Asked& asked) override {
    if (options_.max_num_trials && asked.index > *options_.max_num_trials) return Done{};
    if (history_.exhausted(asked.prepared)) return Done{};
    if (asked.index <= options_.initial_data_points.size())
      return study::Chosen{options_.initial_data_points[asked.index - 1], {}};
    auto known = history_.own() + history_.enqueued() + asked.prepared.size();
    Random random = asked.random();
    Point point;
    if (known < initial_points() || history_.measured() == 0) {
      point = initial_point(asked);
    } else {
      point = maximize_acquisition(asked, random);
    }
    // If all that the search met was tried: any other point.
    for (int i = 0; point.empty() && i < 1000; ++i) {
      Point drawn(history_.space().size());
      for (double& u : drawn) u = random.uniform();
      drawn = history_.snap(drawn);
      if (!history_.tried(drawn, asked.prepared)) point = drawn;
    }
    if (point.empty()) return Done{};
    if (options_.verbosity)
      base::log(LogLevel::info, "BayesianOptimization: suggestion " + std::to_string(asked.index) +
                                    " after " + std::to_string(history_.measured()) +
                                    " measured trials");
    return study::Chosen{asked.space.from_unit(point), {}};
  }

 private:
  std::uint64_t initial_points() const {
    return options_.num_initial_data_points.number.value_or(history_.space().size() + 1);
  }

  /// The next scrambled Sobol point that is not tried yet; empty when the next 32 all are.
  Point initial_point(const study::Asked& asked) {
    if (!sobol_) sobol_.emplace(history_.space().size(), asked.seed);
    Point point(history_.space().size());
    for (std::uint64_t i = 0; i < 32; ++i) {
      sobol_->point(asked.index - 1 + i, point);
      Point snapped = history_.snap(point);
      if (!history_.tried(snapped, asked.prepared)) return snapped;
    }
    return {};
  }

  /// The maximum of the acquisition function; empty when all points that the search met were tried.
  Point maximize_acquisition(const study::Asked& asked, Random& random) {
    models_.update(history_);
    const Model& model = models_.objective(asked.seed);
    MatrixXd pending = rows(history_.pending(asked.prepared), history_.space().size());
    std::unique_ptr<Surrogate> fantasized;
    if (pending.rows() > 0) fantasized = model.fantasize(pending);
    const Surrogate& surrogate = fantasized ? *fantasized : static_cast<const Surrogate&>(model);
    Acquisition acquisition(surrogate, criterion(), models_.averaged(),
                            models_.failures(asked.seed));
    acquisition.inflate_variance(variance_inflation(model, fantasized ? pending.rows() : 0));
    if (pending.rows() > 0 && !fantasized) acquisition.penalize_locally(pending, features_, random);
    return maximize(acquisition, history_, incumbents(history_), random,
                    [&](const Point& point) { return !history_.tried(point, asked.prepared); });
  }

  /// The factor of predicted deviations. A smooth process is a poor model of a space with steps and
  /// choices, and overconfident there for two reasons: its most probable hyperparameters are taken
  /// for the true ones, and its fantasized results for real ones. Desautels, Krause and Burdick,
  /// "Parallelizing exploration-exploitation tradeoffs in Gaussian process bandit optimization",
  /// JMLR 15, 2014, section 4, inflate by a constant for the latter. Continuous spaces gained
  /// nothing from it, and criteria other than expected improvement explore by a weight of their
  /// own.
  double variance_inflation(const Model& model, Index fantasized) const {
    if (!mixed_) return 1;
    const bool most_probable =
        model.differentiable() && model.members() == 1 && criterion() == Criterion::ei;
    return (most_probable ? 1.3 : 1) +
           1.6 * std::pow(std::min(1.0, static_cast<double>(fantasized) / 20), 1.5);
  }

  Criterion criterion() const {
    switch (options_.acquisition_type) {
      case AcquisitionType::mpi:
      case AcquisitionType::mpi_mcmc: return Criterion::mpi;
      case AcquisitionType::lcb:
      case AcquisitionType::lcb_mcmc: return Criterion::lcb;
      default: return Criterion::ei;
    }
  }

  BayesianOptimization options_;
  History history_;
  Features features_;
  bool mixed_;  // not all parameters are continuous
  std::optional<Sobol> sobol_;
  SurrogateModels models_;
};

}  // namespace

Result<AlgorithmPtr> make(const BayesianOptimization& options, const Problem& problem) {
  BayesianOptimization fitted = options;
  for (std::size_t i = 0; i < fitted.initial_data_points.size(); ++i) {
    auto one = problem.space.fit(fitted.initial_data_points[i], space::SearchSpace::Extras::refuse);
    if (!one)
      return Error{Errc::invalid_argument,
                   "BayesianOptimization: initial_data_points: configuration " +
                       std::to_string(i + 1) + ": " + one.error().message};
    fitted.initial_data_points[i] = *std::move(one);
  }
  auto& initial = fitted.num_initial_data_points.number;
  if (initial && *initial < problem.space.size()) {
    base::log(LogLevel::warning, "BayesianOptimization: num_initial_data_points is " +
                                     std::to_string(*initial) +
                                     ", fewer than the parameters; taken as " +
                                     std::to_string(problem.space.size() + 1));
    initial = problem.space.size() + 1;
  }
  return AlgorithmPtr(std::make_unique<BayesianOptimizationAlgorithm>(
      std::move(fitted), History(problem.space, problem.lower_is_better, problem.path)));
}

}  // namespace sherpa::algorithms
