#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/bayesian/models/features.hpp"
#include "algorithms/bayesian/models/output_warp.hpp"

#include <Eigen/Core>

#include <memory>
#include <vector>

namespace sherpa::algorithms {

/// How a Gaussian process sees a study, and where each hyperparameter stands in their vector: ln ℓ
/// per parameter, ln of the signal's variance, ln of the noise's, those of the output warp, ln a
/// and ln b per parameter, ln of the variance of a sum of effects, ln ℓ of each effect.
struct GpKind {
  std::shared_ptr<const Features> features;
  std::shared_ptr<const OutputWarp> output;
  /// Each ordered coordinate through 1 − (1 − x^a)^b: Snoek et al., "Input warping for Bayesian
  /// optimization of non-stationary functions", ICML 2014, with Kumaraswamy's distribution for the
  /// beta distribution.
  bool input_warp = false;
  /// Besides what depends on all parameters at once a sum of functions of one parameter each:
  /// Duvenaud, Nickisch and Rasmussen, "Additive Gaussian processes", NIPS 24, 2011, of the first
  /// and the last order. What is learned about a parameter in one place then holds in others. Not
  /// together with `input_warp`.
  bool effects = false;
  /// Else the prior mean is a constant, itself N(0, 1), at its most probable value.
  bool zero_mean = false;
  /// The objective is 0 or 1. A step has no length scale: without bounds it is learned as shorter
  /// and shorter ones, and nothing about what lies beside a datum.
  bool labels = false;

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

  /// Independent normal priors of them all, and bounds.
  Eigen::VectorXd prior_mean() const;
  Eigen::VectorXd prior_deviation() const;
  Eigen::VectorXd low() const;
  Eigen::VectorXd high() const;
};

/// The columns that the kernel compares, divided by their length scales, and, when asked for and
/// warped, their slopes by ln a and ln b.
struct Scaled {
  Eigen::MatrixXd columns, by_a, by_b;
};
Scaled scale(const GpKind& kind, const Eigen::MatrixXd& points, const Eigen::VectorXd& theta,
             bool slopes = false);

/// The prior variance at a point.
double variance(const GpKind& kind, const Eigen::VectorXd& theta);
/// The covariances of rows of two sets of scaled columns.
Eigen::MatrixXd covariance(const GpKind& kind, const Eigen::VectorXd& theta,
                           const Eigen::Ref<const Eigen::MatrixXd>& a,
                           const Eigen::Ref<const Eigen::MatrixXd>& b);

/// Adds to the lower triangle of `sum` what the effects add to the covariances between rows of
/// scaled columns; of the upper one nothing is said. `slopes`, if asked for: lower triangles of how
/// each effect changes that with its ln ℓ.
void add_effects(const GpKind& kind, const Eigen::VectorXd& theta,
                 const Eigen::Ref<const Eigen::MatrixXd>& columns, Eigen::MatrixXd& sum,
                 std::vector<Eigen::MatrixXd>* slopes);
/// The part of the sum's variance that each effect has.
double effect_variance(const GpKind& kind, const Eigen::VectorXd& theta);

/// The Matérn 5/2 correlations between rows of two sets of scaled columns, and −2 times their
/// derivatives by the squared distances. Rasmussen and Williams, "Gaussian Processes for Machine
/// Learning", 2006, equation 4.17.
struct Matern {
  Eigen::MatrixXd correlation, slope;
  Matern(const Eigen::Ref<const Eigen::MatrixXd>& a, const Eigen::Ref<const Eigen::MatrixXd>& b,
         bool with_slope);
};

/// The covariances of one point with others, and how they change with it.
class KernelRow {
 public:
  KernelRow(const GpKind& kind, const Eigen::VectorXd& theta, const Eigen::VectorXd& point,
            const Eigen::Ref<const Eigen::MatrixXd>& columns);
  const Eigen::VectorXd& values() const { return values_; }
  /// The slope of weights·values by each parameter; 0 for a Choice.
  Eigen::VectorXd slope(const Eigen::VectorXd& weights) const;

 private:
  const Features& features_;
  Eigen::VectorXd values_, slopes_;
  Eigen::MatrixXd differences_;
  Eigen::MatrixXd effect_slopes_;  // a column per parameter; none without effects
  Eigen::VectorXd stretch_;        // by how much a scaled column changes with its parameter
};

/// A normal distribution at a point, and how it changes along each parameter.
struct Moments {
  double mean = 0, variance = 0;
  Eigen::VectorXd mean_slope{}, variance_slope{};
};

}  // namespace sherpa::algorithms
