#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/bayesian/models/features.hpp"
#include "algorithms/bayesian/models/output_warp.hpp"

#include <Eigen/Core>

#include <memory>
#include <vector>

namespace sherpa::algorithms {

/// The structure of a Gaussian process, and the layout of its hyperparameter vector θ:
///
///     ln ℓ per parameter | ln signal variance | ln noise variance | those of the output warp
///     | ln a and ln b per parameter (input warp) | ln variance and ln ℓ per parameter (effects)
struct GpStructure {
  std::shared_ptr<const Features> features;
  std::shared_ptr<const OutputWarp> output;
  /// Warps each ordered coordinate by 1 − (1 − x^a)^b: Snoek et al., "Input warping for Bayesian
  /// optimization of non-stationary functions", ICML 2014, with Kumaraswamy's distribution for the
  /// beta distribution.
  bool input_warp = false;
  /// Adds to the joint kernel a sum of main effects, functions of one parameter each: Duvenaud,
  /// Nickisch and Rasmussen, "Additive Gaussian processes", NIPS 24, 2011, of the first and the
  /// last order. The process then generalizes what it learns of one parameter over all others. Not
  /// together with `input_warp`.
  bool effects = false;
  /// A prior mean of 0; otherwise a constant with prior N(0, 1), at its most probable value.
  bool zero_mean = false;
  /// Objectives are 0 or 1. Such a step has no length scale, so that the likelihood favours ever
  /// shorter ones, which say nothing of a datum's neighbourhood: bounds keep them long.
  bool labels = false;

  // Where θ holds what.
  Eigen::Index signal() const { return features->parameters(); }
  Eigen::Index noise() const { return signal() + 1; }
  Eigen::Index output_at() const { return noise() + 1; }
  Eigen::Index input_at() const { return output_at() + output->parameters(); }
  Eigen::Index effects_at() const {
    return input_at() + (input_warp ? 2 * features->parameters() : 0);
  }
  Eigen::Index effect(Eigen::Index parameter) const { return effects_at() + 1 + parameter; }
  Eigen::Index size() const { return effects_at() + (effects ? 1 + features->parameters() : 0); }
  auto of_output(const Eigen::VectorXd& theta) const {
    return theta.segment(output_at(), output->parameters());
  }

  // The independent normal priors of θ, and its bounds.
  Eigen::VectorXd prior_mean() const;
  Eigen::VectorXd prior_deviation() const;
  Eigen::VectorXd low() const;
  Eigen::VectorXd high() const;
};

/// Points as the kernel compares them: features, warped and divided by their length scales; with
/// `gradients`, and where inputs are warped, their derivatives by ln a and ln b.
struct ScaledInputs {
  Eigen::MatrixXd columns, by_a, by_b;
};
ScaledInputs scale_inputs(const GpStructure& gp, const Eigen::MatrixXd& points,
                          const Eigen::VectorXd& theta, bool gradients = false);

/// The prior variance at a point: k(x, x).
double variance(const GpStructure& gp, const Eigen::VectorXd& theta);
/// The covariances k(a, b) between rows of two sets of scaled inputs.
Eigen::MatrixXd covariance(const GpStructure& gp, const Eigen::VectorXd& theta,
                           const Eigen::Ref<const Eigen::MatrixXd>& a,
                           const Eigen::Ref<const Eigen::MatrixXd>& b);

/// Adds the covariances of the main effects between rows of scaled inputs to the lower triangle of
/// `sum`; the upper triangle is undefined afterwards. `derivatives`, if not null, receives a lower
/// triangle per effect: the derivative of its covariances by its ln ℓ.
void add_effects(const GpStructure& gp, const Eigen::VectorXd& theta,
                 const Eigen::Ref<const Eigen::MatrixXd>& columns, Eigen::MatrixXd& sum,
                 std::vector<Eigen::MatrixXd>* derivatives);
/// The variance of one main effect: their sum's is divided evenly.
double effect_variance(const GpStructure& gp, const Eigen::VectorXd& theta);

/// Matérn 5/2 correlations (1 + s + s²/3) e^−s, s = √5 |a − b|, between rows of two sets of scaled
/// inputs: Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, equation 4.17.
/// `slope` is −2 times their derivatives by the squared distances, 5/3 (1 + s) e^−s.
struct Matern {
  Eigen::MatrixXd correlation, slope;
  Matern(const Eigen::Ref<const Eigen::MatrixXd>& a, const Eigen::Ref<const Eigen::MatrixXd>& b,
         bool with_slope);
};

/// The covariances of one point x with the rows of scaled inputs, and their gradients by x.
class KernelRow {
 public:
  KernelRow(const GpStructure& gp, const Eigen::VectorXd& theta, const Eigen::VectorXd& point,
            const Eigen::Ref<const Eigen::MatrixXd>& columns);
  const Eigen::VectorXd& values() const { return values_; }
  /// The gradient of weights·values by x; 0 for a Choice.
  Eigen::VectorXd gradient(const Eigen::VectorXd& weights) const;

 private:
  void add_effects(const GpStructure& gp, const Eigen::VectorXd& theta,
                   const Eigen::VectorXd& point, const Eigen::Ref<const Eigen::MatrixXd>& columns);
  void differentiate_scaling(const GpStructure& gp, const Eigen::VectorXd& theta,
                             const Eigen::VectorXd& point);

  const Features& features_;
  Eigen::VectorXd values_, slopes_;
  Eigen::MatrixXd differences_;
  Eigen::MatrixXd effect_slopes_;  // a column per parameter; empty without effects
  Eigen::VectorXd stretch_;        // derivative of a scaled input by its parameter
};

/// A posterior at one point, and its gradients by the point's coordinates.
struct PointPosterior {
  double mean = 0, variance = 0;
  Eigen::VectorXd mean_gradient{}, variance_gradient{};
};

}  // namespace sherpa::algorithms
