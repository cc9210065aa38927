#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <Eigen/Core>

namespace sherpa::algorithms {

/// Replaces the lower triangle of a symmetric matrix by its Cholesky factor, and leaves the upper
/// one as it is. False when the matrix is not positive definite.
bool cholesky(Eigen::Ref<Eigen::MatrixXd> matrix);

/// (L Lᵀ)⁻¹, given L in the lower triangle of `factor`.
Eigen::MatrixXd inverse_from_cholesky(const Eigen::Ref<const Eigen::MatrixXd>& factor);

/// Turns the Cholesky factor of A into that of A + v vᵀ, in O(n²): Golub and Van Loan, "Matrix
/// Computations", 2013, section 6.5.4.
void cholesky_update(Eigen::Ref<Eigen::MatrixXd> factor, Eigen::VectorXd v);

}  // namespace sherpa::algorithms
