#include "algorithms/bayesian/models/features.hpp"

#include <algorithm>
#include <cmath>

namespace sherpa::algorithms {

Features::Features(const space::SearchSpace& space) {
  for (const auto& parameter : space.parameters()) {
    auto* choice = parameter.as<Choice>();
    int levels = choice ? static_cast<int>(choice->values.size()) : 0;
    first_.push_back(columns());
    parameter_.insert(parameter_.end(), static_cast<std::size_t>(std::max(1, levels)),
                      parameters());
    levels_.push_back(levels);
  }
}

Eigen::MatrixXd Features::map(const Eigen::MatrixXd& points) const {
  Eigen::MatrixXd mapped = Eigen::MatrixXd::Zero(points.rows(), columns());
  for (Eigen::Index p = 0; p < parameters(); ++p) {
    int levels = levels_[static_cast<std::size_t>(p)];
    if (levels == 0) {
      mapped.col(column(p)) = points.col(p);
      continue;
    }
    for (Eigen::Index i = 0; i < points.rows(); ++i)
      mapped(i, column(p) + std::clamp(static_cast<int>(points(i, p) * levels), 0, levels - 1)) =
          std::sqrt(0.5);
  }
  return mapped;
}

}  // namespace sherpa::algorithms
