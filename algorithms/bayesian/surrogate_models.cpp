#include "algorithms/bayesian/surrogate_models.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;

bool is_averaged(AcquisitionType type) {
  return type == AcquisitionType::ei_mcmc || type == AcquisitionType::mpi_mcmc ||
         type == AcquisitionType::lcb_mcmc;
}

}  // namespace

MatrixXd rows(const std::vector<Point>& points, std::size_t parameters) {
  MatrixXd out(static_cast<Index>(points.size()), static_cast<Index>(parameters));
  for (Index i = 0; i < out.rows(); ++i)
    for (Index c = 0; c < out.cols(); ++c)
      out(i, c) = points[static_cast<std::size_t>(i)][static_cast<std::size_t>(c)];
  return out;
}

SurrogateModels::SurrogateModels(const BayesianOptimization& options,
                                 const space::SearchSpace& space)
    : averaged_(is_averaged(options.acquisition_type)),
      objective_(make_model(options.model_type, averaged_, space)),
      failures_(make_failure_model(space)) {}

void SurrogateModels::update(const History& history) {
  for (const auto& ended = history.ended(); added_ < ended.size(); ++added_) {
    const auto& one = ended[added_];
    bool measured = std::isfinite(one.objective);
    if (measured) objective_.add(one.point, one.objective);
    failures_.add(one.point, measured ? 0 : 1);
    any_failed_ |= !measured;
  }
}

MatrixXd incumbents(const History& history) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < history.ended().size(); ++i)
    if (std::isfinite(history.ended()[i].objective)) order.push_back(i);
  auto many = std::min<std::size_t>(5, order.size());
  auto rank = [&](std::size_t i) { return std::pair(history.ended()[i].objective, i); };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(many), order.end(),
                    [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  std::vector<Point> points;
  for (std::size_t i = 0; i < many; ++i) points.push_back(history.ended()[order[i]].point);
  return rows(points, history.space().size());
}

}  // namespace sherpa::algorithms
