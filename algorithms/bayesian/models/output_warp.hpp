#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <Eigen/Core>

#include <limits>
#include <memory>

namespace sherpa::algorithms {

/// Scales objectives of any magnitude to numbers that are safe to compute with: the best becomes 0,
/// their mean about 1 (all become 0 if all are equal). A few that are thousands of times worse than
/// all others count as ten times worse.
class RobustScale {
 public:
  RobustScale() = default;
  explicit RobustScale(const Eigen::VectorXd& objectives);
  double operator()(double objective) const;
  Eigen::VectorXd operator()(const Eigen::VectorXd& objectives) const;

 private:
  int exponent_ = 0;
  double best_ = 0, width_ = 1;
  double fence_ = std::numeric_limits<double>::infinity();
};

/// Warped objectives, with what a likelihood needs to fit the warp's parameters.
struct WarpedObjectives {
  Eigen::VectorXd values;     ///< of mean 0 and variance 1 (or 0), if the warp standardizes
  Eigen::MatrixXd gradients;  ///< of the values, a column per parameter of the warp
  double log_jacobian = 0;    ///< sum over the data of the logarithm of the warp's derivative
  Eigen::VectorXd log_jacobian_gradient;  ///< by the warp's parameters
};

/// A monotone transformation of objectives, whose parameters are fitted with a model's.
class OutputWarp {
 public:
  virtual ~OutputWarp() = default;
  virtual Eigen::Index parameters() const = 0;
  /// Whether warped objectives are scaled to mean 0 and variance 1.
  virtual bool standardizes() const { return true; }
  // Independent normal priors of the parameters, and bounds.
  virtual Eigen::VectorXd prior_mean() const = 0;
  virtual Eigen::VectorXd prior_deviation() const = 0;
  virtual Eigen::VectorXd low() const = 0;
  virtual Eigen::VectorXd high() const = 0;
  WarpedObjectives warp(const Eigen::VectorXd& y, const Eigen::VectorXd& parameters) const;
  /// Warps further objectives, standardized by the mean and deviation of the warped `y`.
  Eigen::VectorXd warp_new(const Eigen::VectorXd& objectives, const Eigen::VectorXd& y,
                           const Eigen::VectorXd& parameters) const;

 protected:
  struct WarpedValue {
    double value, log_derivative;
    Eigen::VectorXd value_gradient, log_derivative_gradient;  // by the parameters
  };
  /// Before standardization.
  virtual WarpedValue warp_one(double y, const Eigen::VectorXd& parameters) const = 0;
};

/// Changes nothing.
std::unique_ptr<OutputWarp> identity_warp();
/// Only standardizes.
std::unique_ptr<OutputWarp> standardization();
/// asinh(y/c) with the parameter ln c: linear where c is large; where c is small, the logarithm of
/// the distance from the best.
std::unique_ptr<OutputWarp> asinh_warp();
/// y + Σ aₖ tanh(bₖ(y + cₖ)) over three terms, aₖ, bₖ > 0: Snelson, Rasmussen and Ghahramani,
/// "Warped Gaussian processes", NIPS 16, 2003, equation 13.
std::unique_ptr<OutputWarp> tanh_warp();

}  // namespace sherpa::algorithms
