#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/axis.hpp"

#include <Eigen/Core>

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace sherpa::algorithms {

/// The search distribution of CMA-ES over the unit cube, updated by one generation of results after
/// the other.
///
/// Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772 (the .cpp gives its equation
/// numbers), with negative weights. For spaces that are not continuous:
/// - ordered axes with cells: the normal distribution is discretized by cells; its mean and scale
///   are corrected so that each other cell keeps a probability of at least 1/(d λ). Hamano, Saito,
///   Nomura and Shirakawa, "CMA-ES with margin", GECCO 2022;
/// - categorical axes: the probability of each category moves towards its weighted frequency among
///   the best, at a constant rate, and never falls below a margin. Hamano, Saito, Nomura, Uchida
///   and Shirakawa, "CatCMA", GECCO 2024.
class CovarianceAdaptation {
 public:
  struct Options {
    std::uint64_t population = 0;  ///< λ; 0: 4 + ⌊3 ln d⌋
    double sigma = 0.2;            ///< first step size, in units of the cube
  };

  /// Begins with this mean, a point of the cube.
  CovarianceAdaptation(std::span<const Axis> axes, const Point& mean, const Options& options);

  std::uint64_t population() const { return static_cast<std::uint64_t>(lambda_); }
  double sigma() const { return sigma_; }

  /// A point, snapped.
  Point sample(Random& random) const;

  /// A snapped point and its objective: lower is better, NaN if the trial failed.
  struct Result {
    Point point;
    double objective = 0;
  };
  /// Updates the distribution from λ results. `random` draws where in its cell each point lay
  /// before it was snapped.
  void learn(std::vector<Result> generation, Random& random);

  /// Whether it has converged or become ill-conditioned: only a restart helps.
  bool stuck() const { return stuck_; }

 private:
  void decompose();
  void keep_margins();
  Eigen::VectorXd unfold(const Point& point, Random& random) const;
  void adapt(const Eigen::MatrixXd& steps, const Eigen::VectorXd& weights);
  void adapt_categories(const std::vector<Result>& best, const Eigen::VectorXd& weights);
  void update_stuck(const std::vector<Result>& generation);
  double deviation(Eigen::Index i) const {
    return sigma_ * scale_[i] * std::sqrt(covariance_(i, i));
  }

  std::span<const Axis> axes_;
  std::vector<std::size_t> numeric_, categorical_;  // axes
  Eigen::Index d_ = 0, lambda_ = 0, mu_ = 0;
  double first_sigma_;

  Eigen::VectorXd weights_;
  double mu_eff_ = 1, c_sigma_ = 0, d_sigma_ = 1, c_c_ = 0, c_1_ = 0, c_mu_ = 0, chi_ = 1,
         margin_ = 0;

  std::uint64_t generation_ = 0, decomposed_ = 0;
  double sigma_;
  Eigen::VectorXd mean_, scale_, path_sigma_,
      path_c_;  // scale_: the margins' correction, the diagonal A of Hamano et al.
  Eigen::MatrixXd covariance_, basis_;
  Eigen::VectorXd lengths_;                  // of the axes of the ellipsoid: C = B D² Bᵀ
  std::vector<Eigen::VectorXd> categories_;  // per categorical axis, probabilities
  std::deque<double> bests_;
  bool stuck_ = false;
};

}  // namespace sherpa::algorithms
