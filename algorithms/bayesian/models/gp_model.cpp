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

/// Hyperparameters are fitted to at most this many data: they are well determined by then, and a
/// fit costs O(n³).
constexpr Index most_fit_data = 300;
constexpr Index inducing_points = 200;

/// Data to fit hyperparameters to: half of them are the best, the others are spread evenly over the
/// rest in order of arrival.
std::vector<Index> representative_subset(const VectorXd& objectives) {
  std::vector<Index> all(static_cast<std::size_t>(objectives.size()));
  std::iota(all.begin(), all.end(), Index{0});
  if (objectives.size() <= most_fit_data) return all;
  constexpr Index half = most_fit_data / 2;
  std::nth_element(all.begin(), all.begin() + half, all.end(), [&](Index a, Index b) {
    return std::pair(objectives[a], a) < std::pair(objectives[b], b);
  });
  std::sort(all.begin() + half, all.end());
  std::vector<Index> chosen(all.begin(), all.begin() + half);
  const Index rest = objectives.size() - half;
  for (Index i = 0; i < most_fit_data - half; ++i)
    chosen.push_back(all[static_cast<std::size_t>(half + i * rest / (most_fit_data - half))]);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

class GpModel final : public Model {
 public:
  explicit GpModel(GpModelOptions options) : options_(std::move(options)) {}
  GpModel(const GpModel& other) : Model(), options_(other.options_), scale_(other.scale_) {
    for (const auto& member : other.members_) members_.push_back(member->copy());
  }

  void fit_hyperparameters(const MatrixXd& points, const VectorXd& objectives, bool from_scratch,
                           Random& random) override {
    auto subset = representative_subset(objectives);
    MatrixXd some_points = points(subset, Eigen::all);
    VectorXd some_y = scale_of(objectives)(objectives)(subset);
    Hyperposterior posterior(options_.gp, some_points, some_y);
    const Fit from = from_scratch ? Fit() : from_scratch_;
    Fit fit{most_probable(posterior, from.most_probable), {}};
    thetas_ = {fit.most_probable};
    if (options_.samples > 0)
      thetas_ =
          sample(posterior, from.sampled.size() > 0 ? from.sampled : fit.most_probable, random);
    fit.sampled = thetas_.back();
    if (from_scratch) from_scratch_ = std::move(fit);
  }

  void condition(const MatrixXd& points, const VectorXd& objectives, Random&) override {
    const auto& gp = options_.gp;
    scale_ = scale_of(objectives);
    VectorXd y = scale_(objectives);
    members_.clear();
    for (const auto& theta : thetas_)
      members_.push_back(points.rows() <= options_.exact_up_to
                             ? algorithms::condition(gp, theta, points, y)
                             : condition_sparsely(gp, theta, points, y, inducing_points));
  }

  void extend(const MatrixXd& points, const VectorXd& objectives) override {
    for (auto& member : members_) member->extend(points, scale_(objectives));
  }

  Index members() const override { return static_cast<Index>(members_.size()); }
  double best_mean(Index member) const override { return at_member(member).best_mean(); }
  void predict(const MatrixXd& points, Index member, VectorXd& mean,
               VectorXd& variance) const override {
    at_member(member).predict(points, mean, variance);
  }
  PointPosterior posterior_at(const VectorXd& point, Index member) const override {
    return at_member(member).posterior_at(point);
  }
  std::unique_ptr<Surrogate> fantasize(const MatrixXd& points) const override {
    auto copy = std::make_unique<GpModel>(*this);
    for (auto& member : copy->members_)
      for (Index i = 0; i < points.rows(); ++i) member->fantasize(points.row(i).transpose());
    return copy;
  }

 private:
  RobustScale scale_of(const VectorXd& objectives) const {
    return options_.gp.output->standardizes() ? RobustScale(objectives) : RobustScale();
  }

  const ConditionedProcess& at_member(Index member) const {
    return *members_[static_cast<std::size_t>(member)];
  }

  /// Where a fit ended: the most probable hyperparameters, and the last sample of the Markov chain.
  struct Fit {
    VectorXd most_probable{}, sampled{};
  };

  /// The maximum of the posterior by L-BFGS-B from `before`; if that is empty or fails, from the
  /// prior's mean, and from there with much noise.
  VectorXd most_probable(const Hyperposterior& posterior, const VectorXd& before) const {
    const auto& gp = options_.gp;
    const LbfgsOptions search{
        .iterations = 40, .evaluations = 60, .gradient_tolerance = 1e-3, .value_tolerance = 1e-6};
    Differentiable f = [&](const VectorXd& theta, VectorXd& gradient) {
      return posterior(theta, gradient);
    };
    VectorXd low = gp.low(), high = gp.high(), middle = gp.prior_mean();
    double least = std::numeric_limits<double>::infinity();
    VectorXd best = middle;
    auto from = [&](const VectorXd& start) {
      Minimum found = minimize(f, start, low, high, search);
      if (!(found.value < least)) return;
      least = found.value;
      best = std::move(found.x);
    };
    if (before.size() > 0) from(before);
    if (!std::isfinite(least)) {
      VectorXd noisy = middle;
      noisy[gp.noise()] = -3;
      from(middle);
      from(noisy);
    }
    return best;
  }

  /// Samples the posterior by a Markov chain of slice sampling steps that begins at `start`.
  std::vector<VectorXd> sample(const Hyperposterior& posterior, VectorXd start,
                               Random& random) const {
    const auto& gp = options_.gp;
    auto log_density = [&](const VectorXd& theta) { return -posterior(theta); };
    if (!std::isfinite(log_density(start))) start = thetas_.front();
    if (!std::isfinite(log_density(start))) return {start};
    VectorXd widths = 0.5 * gp.prior_deviation(), low = gp.low(), high = gp.high();
    std::vector<VectorXd> samples;
    for (int i = 0; i < options_.samples; ++i)
      samples.push_back(start = slice_sample(log_density, start, widths, low, high, random));
    return samples;
  }

  GpModelOptions options_;
  RobustScale scale_;
  Fit from_scratch_;  // the last fit from scratch
  std::vector<VectorXd> thetas_;
  std::vector<std::unique_ptr<ConditionedProcess>> members_;
};

}  // namespace

std::unique_ptr<Model> make_gp_model(GpModelOptions options) {
  return std::make_unique<GpModel>(std::move(options));
}

std::unique_ptr<Model> make_model(ModelType type, bool sample_hyperparameters,
                                  const space::SearchSpace& space) {
  if (type == ModelType::rf) return make_forest_model(space, sample_hyperparameters);
  GpModelOptions options{
      .gp = {.features = std::make_shared<const Features>(space), .output = asinh_warp()}};
  if (sample_hyperparameters || type == ModelType::gp_mcmc) options.samples = 8;
  if (type == ModelType::sparse_gp) options.exact_up_to = inducing_points;
  if (type == ModelType::warped_gp) options.gp.output = tanh_warp();
  options.gp.input_warp = type == ModelType::input_warped_gp;
  options.gp.effects = !options.gp.input_warp && space.size() > 1;
  return make_gp_model(std::move(options));
}

std::unique_ptr<Model> make_failure_model(const space::SearchSpace& space) {
  return make_gp_model({.gp = {.features = std::make_shared<const Features>(space),
                               .output = identity_warp(),
                               .labels = true},
                        .exact_up_to = 500});
}

}  // namespace sherpa::algorithms
