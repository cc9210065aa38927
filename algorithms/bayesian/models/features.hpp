#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/history.hpp"

#include <Eigen/Core>

#include <vector>

namespace sherpa::algorithms {

/// The features of points that a kernel compares: an ordered parameter has one column, its
/// coordinate in the unit cube; a Choice has one column per value (one-hot), scaled by √½ so that
/// two different values are 1 apart.
class Features {
 public:
  explicit Features(const space::SearchSpace& space);

  Eigen::Index parameters() const { return static_cast<Eigen::Index>(levels_.size()); }
  Eigen::Index columns() const { return static_cast<Eigen::Index>(parameter_.size()); }
  /// The parameter that a column belongs to.
  Eigen::Index parameter(Eigen::Index column) const {
    return parameter_[static_cast<std::size_t>(column)];
  }
  /// The first column of a parameter.
  Eigen::Index column(Eigen::Index parameter) const {
    return first_[static_cast<std::size_t>(parameter)];
  }
  bool categorical(Eigen::Index parameter) const {
    return levels_[static_cast<std::size_t>(parameter)] > 0;
  }

  /// Points of the unit cube, in rows, to features.
  Eigen::MatrixXd map(const Eigen::MatrixXd& points) const;

 private:
  std::vector<Eigen::Index> parameter_, first_;
  std::vector<int> levels_;  // of a Choice; 0 for ordered parameters
};

}  // namespace sherpa::algorithms
