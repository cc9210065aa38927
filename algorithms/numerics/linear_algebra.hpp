#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <Eigen/Core>

namespace sherpa::algorithms {

/// Replaces the lower triangle of a symmetric matrix by its Cholesky factor; the upper one is left
/// as it is. False when the matrix is not positive definite.
bool factorise(Eigen::Ref<Eigen::MatrixXd> matrix);

/// The inverse of the matrix that has this Cholesky factor.
Eigen::MatrixXd inverse_from_factor(const Eigen::Ref<const Eigen::MatrixXd>& factor);

/// Makes the factor of A that of A + v vᵀ, in O(n²): Golub and Van Loan, "Matrix Computations",
/// 2013, section 6.5.4.
void add_to_factor(Eigen::Ref<Eigen::MatrixXd> factor, Eigen::VectorXd v);

}  // namespace sherpa::algorithms
