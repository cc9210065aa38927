#include "algorithms/numerics/linear_algebra.hpp"

#include <Eigen/Cholesky>

#include <cmath>

namespace sherpa::algorithms {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

bool cholesky(Eigen::Ref<MatrixXd> matrix) {
  Eigen::LLT<Eigen::Ref<MatrixXd>> factor(matrix);
  return factor.info() == Eigen::Success && matrix.diagonal().allFinite();
}

MatrixXd inverse_from_cholesky(const Eigen::Ref<const MatrixXd>& factor) {
  MatrixXd inverse = MatrixXd::Identity(factor.rows(), factor.rows());
  factor.triangularView<Eigen::Lower>().solveInPlace(inverse);
  factor.transpose().triangularView<Eigen::Upper>().solveInPlace(inverse);
  return inverse;
}

void cholesky_update(Eigen::Ref<MatrixXd> factor, VectorXd v) {
  const Index n = factor.rows();
  for (Index k = 0; k < n; ++k) {
    double r = std::hypot(factor(k, k), v[k]), c = r / factor(k, k), s = v[k] / factor(k, k);
    factor(k, k) = r;
    const Index rest = n - k - 1;
    factor.col(k).tail(rest) = (factor.col(k).tail(rest) + s * v.tail(rest)) / c;
    v.tail(rest) = c * v.tail(rest) - s * factor.col(k).tail(rest);
  }
}

}  // namespace sherpa::algorithms
