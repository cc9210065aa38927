#include "algorithms/bayesian/models/gaussian_process.hpp"
#include "algorithms/bayesian/models/hyperposterior.hpp"
#include "algorithms/bayesian/models/model.hpp"
#include "algorithms/numerics/lbfgs.hpp"
#include "algorithms/numerics/slice_sampling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Hyperparameters are learned from so many data at most: they are well known by then, and cost
/// their cube.
constexpr Index enough = 300;
constexpr Index inducing_points = 200;

/// The half of them are the best of all, the others spread evenly over the rest in order of
/// arrival.
std::vector<Index> representative(const VectorXd& objectives) {
  std::vector<Index> all(static_cast<std::size_t>(objectives.size()));
  std::iota(all.begin(), all.end(), Index{0});
  if (objectives.size() <= enough) return all;
  constexpr Index half = enough / 2;
  std::nth_element(all.begin(), all.begin() + half, all.end(), [&](Index a, Index b) {
    return std::pair(objectives[a], a) < std::pair(objectives[b], b);
  });
  std::sort(all.begin() + half, all.end());
  std::vector<Index> chosen(all.begin(), all.begin() + half);
  const Index rest = objectives.size() - half;
  for (Index i = 0; i < enough - half; ++i)
    chosen.push_back(all[static_cast<std::size_t>(half + i * rest / (enough - half))]);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

class GpModel final : public Model {
 public:
  explicit GpModel(GpModelOptions options) : options_(std::move(options)) {}
  GpModel(const GpModel& other) : Model(), options_(other.options_), scale_(other.scale_) {
    for (const auto& member : other.members_) members_.push_back(member->copy());
  }

  void tune(const MatrixXd& points, const VectorXd& objectives, bool afresh,
            Random& random) override {
    auto subset = representative(objectives);
    MatrixXd some_points = points(subset, Eigen::all);
    VectorXd some_y = scale_of(objectives)(objectives)(subset);
    Hyperposterior posterior(options_.kind, some_points, some_y);
    const Place from = afresh ? Place() : fresh_;
    Place found{most_probable(posterior, from.most_probable), {}};
    thetas_ = {found.most_probable};
    if (options_.draws > 0)
      thetas_ = draw(posterior, from.drawn.size() > 0 ? from.drawn : found.most_probable, random);
    found.drawn = thetas_.back();
    if (afresh) fresh_ = std::move(found);
  }

  void condition(const MatrixXd& points, const VectorXd& objectives, Random&) override {
    const auto& kind = options_.kind;
    scale_ = scale_of(objectives);
    VectorXd y = scale_(objectives);
    members_.clear();
    for (const auto& theta : thetas_)
      members_.push_back(points.rows() <= options_.exact_up_to
                             ? algorithms::condition(kind, theta, points, y)
                             : condition_sparsely(kind, theta, points, y, inducing_points));
  }

  void extend(const MatrixXd& points, const VectorXd& objectives) override {
    for (auto& member : members_) member->extend(points, scale_(objectives));
  }

  Index members() const override { return static_cast<Index>(members_.size()); }
  double best(Index member) const override { return at_member(member).best(); }
  void predict(const MatrixXd& points, Index member, VectorXd& mean,
               VectorXd& variance) const override {
    at_member(member).predict(points, mean, variance);
  }
  Moments at(const VectorXd& point, Index member) const override {
    return at_member(member).at(point);
  }
  std::unique_ptr<Surrogate> fantasize(const MatrixXd& points) const override {
    auto copy = std::make_unique<GpModel>(*this);
    for (auto& member : copy->members_)
      for (Index i = 0; i < points.rows(); ++i) member->believe(points.row(i).transpose());
    return copy;
  }

 private:
  RobustScale scale_of(const VectorXd& objectives) const {
    return options_.kind.output->standardises() ? RobustScale(objectives) : RobustScale();
  }

  const ConditionedProcess& at_member(Index member) const {
    return *members_[static_cast<std::size_t>(member)];
  }

  /// Hyperparameters.
  struct Place {
    VectorXd most_probable{}, drawn{};
  };

  /// The most probable hyperparameters, from `before`; without any, from the prior's middle and
  /// from one with much noise.
  VectorXd most_probable(const Hyperposterior& posterior, const VectorXd& before) const {
    const auto& kind = options_.kind;
    const LbfgsOptions search{
        .iterations = 40, .evaluations = 60, .gradient_tolerance = 1e-3, .value_tolerance = 1e-6};
    Differentiable f = [&](const VectorXd& theta, VectorXd& gradient) {
      return posterior(theta, gradient);
    };
    VectorXd low = kind.low(), high = kind.high(), middle = kind.prior_mean();
    double least = std::numeric_limits<double>::infinity();
    VectorXd best = middle;
    auto from = [&](const VectorXd& start) {
      Minimum found = minimise(f, start, low, high, search);
      if (!(found.value < least)) return;
      least = found.value;
      best = std::move(found.x);
    };
    if (before.size() > 0) from(before);
    if (!std::isfinite(least)) {
      VectorXd noisy = middle;
      noisy[kind.noise()] = -3;
      from(middle);
      from(noisy);
    }
    return best;
  }

  /// Draws by a Markov chain that begins at `start`.
  std::vector<VectorXd> draw(const Hyperposterior& posterior, VectorXd start,
                             Random& random) const {
    const auto& kind = options_.kind;
    auto log_density = [&](const VectorXd& theta) { return -posterior(theta); };
    if (!std::isfinite(log_density(start))) start = thetas_.front();
    if (!std::isfinite(log_density(start))) return {start};
    VectorXd widths = 0.5 * kind.prior_deviation(), low = kind.low(), high = kind.high();
    std::vector<VectorXd> draws;
    for (int i = 0; i < options_.draws; ++i)
      draws.push_back(start = slice_sample(log_density, start, widths, low, high, random));
    return draws;
  }

  GpModelOptions options_;
  RobustScale scale_;
  Place fresh_;  // where the last tuning afresh ended
  std::vector<VectorXd> thetas_;
  std::vector<std::unique_ptr<ConditionedProcess>> members_;
};

}  // namespace

std::unique_ptr<Model> make_gp_model(GpModelOptions options) {
  return std::make_unique<GpModel>(std::move(options));
}

std::unique_ptr<Model> make_model(ModelType type, bool draws, const space::SearchSpace& space) {
  if (type == ModelType::rf) return make_forest_model(space, draws);
  GpModelOptions options{
      .kind = {.features = std::make_shared<const Features>(space), .output = asinh_warp()}};
  if (draws || type == ModelType::gp_mcmc) options.draws = 8;
  if (type == ModelType::sparse_gp) options.exact_up_to = inducing_points;
  if (type == ModelType::warped_gp) options.kind.output = tanh_warp();
  options.kind.input_warp = type == ModelType::input_warped_gp;
  options.kind.effects = !options.kind.input_warp && space.size() > 1;
  return make_gp_model(std::move(options));
}

std::unique_ptr<Model> make_failure_model(const space::SearchSpace& space) {
  return make_gp_model({.kind = {.features = std::make_shared<const Features>(space),
                                 .output = as_is(),
                                 .labels = true},
                        .exact_up_to = 500});
}

}  // namespace sherpa::algorithms
