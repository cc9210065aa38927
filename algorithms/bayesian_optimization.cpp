#include "algorithms/acquisition_search.hpp"
#include "algorithms/algorithms.hpp"
#include "algorithms/features.hpp"
#include "algorithms/history.hpp"
#include "algorithms/learner.hpp"
#include "algorithms/model.hpp"
#include "algorithms/sobol.hpp"
#include "study/log.hpp"

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
        objective_(make_model(options_.model_type, averaged(), history_.space())),
        failures_(make_failure_model(history_.space())) {}

  study::Reads reads() const override { return {.enqueued = true, .observations = false, .ends = true}; }
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
      study::log(LogLevel::info, "BayesianOptimization: suggestion " + std::to_string(asked.index) + " after " +
                                     std::to_string(history_.measured()) + " measured trials");
    return study::Chosen{asked.space.from_unit(point), {}};
  }

 private:
  std::uint64_t initial() const { return options_.num_initial_data_points.number.value_or(history_.space().size() + 1); }

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
    for (const auto& ended = history_.ended(); learned_ < ended.size(); ++learned_) {
      const auto& one = ended[learned_];
      bool measured = std::isfinite(one.objective);
      if (measured) objective_.learn(one.point, one.objective);
      failures_.learn(one.point, measured ? 0 : 1);
      any_failed_ |= !measured;
    }
    const Model& model = objective_.model(asked.seed);
    const Surrogate* surrogate = &model;
    MatrixXd running = rows(history_.pending(asked.prepared));
    std::unique_ptr<Surrogate> believing;
    if (running.rows() > 0) believing = model.believing(running);
    if (believing) surrogate = believing.get();
    Acquisition acquisition(*surrogate, criterion(), averaged(), any_failed_ ? &failures_.model(asked.seed) : nullptr);
    if (running.rows() > 0 && !believing) acquisition.keep_away_from(running, features_, random);
    return maximise(acquisition, history_, incumbents(), random,
                    [&](const Point& point) { return !history_.tried(point, asked.prepared); });
  }

  bool averaged() const {
    return options_.acquisition_type == AcquisitionType::ei_mcmc || options_.acquisition_type == AcquisitionType::mpi_mcmc ||
           options_.acquisition_type == AcquisitionType::lcb_mcmc;
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

  MatrixXd rows(const std::vector<Point>& points) const {
    MatrixXd out(static_cast<Index>(points.size()), static_cast<Index>(history_.space().size()));
    for (Index i = 0; i < out.rows(); ++i)
      for (Index c = 0; c < out.cols(); ++c) out(i, c) = points[static_cast<std::size_t>(i)][static_cast<std::size_t>(c)];
    return out;
  }

  /// Where the best objectives were measured.
  MatrixXd incumbents() const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < history_.ended().size(); ++i)
      if (std::isfinite(history_.ended()[i].objective)) order.push_back(i);
    auto many = std::min<std::size_t>(5, order.size());
    auto rank = [&](std::size_t i) { return std::pair(history_.ended()[i].objective, i); };
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(many), order.end(),
                      [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
    std::vector<Point> points;
    for (std::size_t i = 0; i < many; ++i) points.push_back(history_.ended()[order[i]].point);
    return rows(points);
  }

  BayesianOptimization options_;
  History history_;
  Features features_;
  std::optional<Sobol> sobol_;
  Learner objective_, failures_;
  std::size_t learned_ = 0;  // of history_.ended()
  bool any_failed_ = false;
};

}  // namespace

Result<Made> make(const BayesianOptimization& options, const Setting& setting) {
  BayesianOptimization fitted = options;
  for (std::size_t i = 0; i < fitted.initial_data_points.size(); ++i) {
    auto one = setting.space.fit(fitted.initial_data_points[i], study::SearchSpace::Extras::refuse);
    if (!one)
      return Error{Errc::invalid_argument, "BayesianOptimization: initial_data_points: configuration " + std::to_string(i + 1) +
                                               ": " + one.error().message};
    fitted.initial_data_points[i] = *std::move(one);
  }
  auto& initial = fitted.num_initial_data_points.number;
  if (initial && *initial < setting.space.size()) {
    study::log(LogLevel::warning, "BayesianOptimization: num_initial_data_points is " + std::to_string(*initial) +
                                      ", fewer than the parameters; taken as " + std::to_string(setting.space.size() + 1));
    initial = setting.space.size() + 1;
  }
  return Made(std::make_unique<BayesianOptimizationAlgorithm>(std::move(fitted),
                                                              History(setting.space, setting.lower_is_better, setting.path)));
}

}  // namespace sherpa::algorithms
