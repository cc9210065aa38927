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
        stepped_(std::ranges::any_of(history_.space().parameters(),
                                     [](const Parameter& one) { return space::levels(one) > 0; })),
        beliefs_(options_, history_.space()) {}

  study::Reads reads() const override {
    return {.enqueued = true, .observations = false, .ends = true};
  }
  void learn(const study::Entry& entry, const study::View&) override { history_.learn(entry); }

  study::Proposal suggest(const study::Asked& asked) override {
    if (options_.max_num_trials && asked.index > *options_.max_num_trials) return Done{};
    if (history_.exhausted(asked.prepared)) return Done{};
    if (asked.index <= options_.initial_data_points.size())
      return study::Chosen{options_.initial_data_points[asked.index - 1], {}};
    auto known = history_.own() + history_.users() + asked.prepared.size();
    Random random = asked.random();
    Point point;
    if (known < initial() || history_.measured() == 0) {
      point = spread(asked);
    } else {
      point = promising(asked, random);
    }
    // Wherever the search ended on what was tried: any other one.
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
  std::uint64_t initial() const {
    return options_.num_initial_data_points.number.value_or(history_.space().size() + 1);
  }

  /// The next of the scrambled Sobol points.
  Point spread(const study::Asked& asked) {
    if (!sobol_) sobol_.emplace(history_.space().size(), asked.seed);
    Point point(history_.space().size());
    for (std::uint64_t i = 0; i < 32; ++i) {
      sobol_->point(asked.index - 1 + i, point);
      Point snapped = history_.snap(point);
      if (!history_.tried(snapped, asked.prepared)) return snapped;
    }
    return {};
  }

  Point promising(const study::Asked& asked, Random& random) {
    beliefs_.catch_up(history_);
    const Model& model = beliefs_.objective(asked.seed);
    const Surrogate* surrogate = &model;
    MatrixXd running = rows(history_.pending(asked.prepared), history_.space().size());
    std::unique_ptr<Surrogate> fantasize;
    if (running.rows() > 0) fantasize = model.fantasize(running);
    if (fantasize) surrogate = fantasize.get();
    Acquisition acquisition(*surrogate, criterion(), beliefs_.averaged(),
                            beliefs_.failures(asked.seed));
    acquisition.inflate_variance(inflate_variance(model, fantasize ? running.rows() : 0));
    if (running.rows() > 0 && !fantasize) acquisition.penalize_locally(running, features_, random);
    return maximise(acquisition, history_, incumbents(history_), random,
                    [&](const Point& point) { return !history_.tried(point, asked.prepared); });
  }

  /// How many times a model's deviations count. In a space with steps and choices, of which a
  /// smooth process is a poor model, it is surer than it should be: by its most probable
  /// hyperparameters, which are taken for the true ones, and by fantasize what it expects of
  /// running trials; Desautels, Krause and Burdick, "Parallelizing exploration-exploitation
  /// tradeoffs in Gaussian process bandit optimization", JMLR 15, 2014, section 4, have a constant
  /// factor for that. Where all is continuous nothing was gained by it. The other criteria have
  /// weights of their own.
  double inflate_variance(const Model& model, Index believed) const {
    if (!stepped_) return 1;
    const bool most_probable =
        model.differentiable() && model.members() == 1 && criterion() == Criterion::ei;
    return (most_probable ? 1.3 : 1) +
           1.6 * std::pow(std::min(1.0, static_cast<double>(believed) / 20), 1.5);
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
  bool stepped_;  // not all parameters are continuous
  std::optional<Sobol> sobol_;
  SurrogateModels beliefs_;
};

}  // namespace

Result<Made> make(const BayesianOptimization& options, const Setting& setting) {
  BayesianOptimization fitted = options;
  for (std::size_t i = 0; i < fitted.initial_data_points.size(); ++i) {
    auto one = setting.space.fit(fitted.initial_data_points[i], space::SearchSpace::Extras::refuse);
    if (!one)
      return Error{Errc::invalid_argument,
                   "BayesianOptimization: initial_data_points: configuration " +
                       std::to_string(i + 1) + ": " + one.error().message};
    fitted.initial_data_points[i] = *std::move(one);
  }
  auto& initial = fitted.num_initial_data_points.number;
  if (initial && *initial < setting.space.size()) {
    base::log(LogLevel::warning, "BayesianOptimization: num_initial_data_points is " +
                                     std::to_string(*initial) +
                                     ", fewer than the parameters; taken as " +
                                     std::to_string(setting.space.size() + 1));
    initial = setting.space.size() + 1;
  }
  return Made(std::make_unique<BayesianOptimizationAlgorithm>(
      std::move(fitted), History(setting.space, setting.lower_is_better, setting.path)));
}

}  // namespace sherpa::algorithms
