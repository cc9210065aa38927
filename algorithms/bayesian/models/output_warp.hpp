#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <Eigen/Core>

#include <limits>
#include <memory>

namespace sherpa::algorithms {

/// Brings objectives of any size to one on which computing is safe: their best becomes 0, their
/// mean about 1 (all 0 where all are equal). A few that are thousands of times worse than all
/// others count as ten times worse.
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

/// What the likelihood needs to know of a map of objectives with parameters.
struct Warped {
  Eigen::VectorXd values;           ///< mean 0, variance 1 (or 0)
  Eigen::MatrixXd slopes;           ///< of the values, a column per parameter
  double log_jacobian = 0;          ///< sum of the logarithms of the map's derivatives
  Eigen::VectorXd jacobian_slopes;  ///< of that, by parameter
};

/// A monotone map of objectives whose parameters are learned together with a model's.
class OutputWarp {
 public:
  virtual ~OutputWarp() = default;
  virtual Eigen::Index parameters() const = 0;
  /// Whether what it maps to has mean 0 and variance 1; else it maps to what it is given.
  virtual bool standardises() const { return true; }
  /// Normal priors of the parameters, and bounds.
  virtual Eigen::VectorXd prior_mean() const = 0;
  virtual Eigen::VectorXd prior_deviation() const = 0;
  virtual Eigen::VectorXd low() const = 0;
  virtual Eigen::VectorXd high() const = 0;
  Warped warp(const Eigen::VectorXd& y, const Eigen::VectorXd& parameters) const;
  /// The standardised images of more objectives, with the mean and deviation of those of `y`.
  Eigen::VectorXd more(const Eigen::VectorXd& more, const Eigen::VectorXd& y,
                       const Eigen::VectorXd& parameters) const;

 protected:
  struct Image {
    double value, log_derivative;
    Eigen::VectorXd value_slopes, log_derivative_slopes;  // by parameter
  };
  virtual Image image(double y, const Eigen::VectorXd& parameters) const = 0;
};

/// Nothing is changed.
std::unique_ptr<OutputWarp> as_is();
/// Only standardised.
std::unique_ptr<OutputWarp> no_warp();
/// asinh(y/c), its parameter being ln c: a straight line where c is large, the logarithm of the
/// distance from the best where it is small.
std::unique_ptr<OutputWarp> asinh_warp();
/// y + Σ aₖ tanh(bₖ(y + cₖ)) over three terms, aₖ, bₖ > 0: Snelson, Rasmussen and Ghahramani,
/// "Warped Gaussian processes", NIPS 16, 2003, equation 13.
std::unique_ptr<OutputWarp> tanh_warp();

}  // namespace sherpa::algorithms
