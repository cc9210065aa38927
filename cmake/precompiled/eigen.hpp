#include "cmake/precompiled/standard.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "algorithms/algorithms.hpp"
