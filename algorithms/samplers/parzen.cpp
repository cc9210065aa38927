#include "algorithms/samplers/parzen.hpp"

#include "algorithms/numerics/normal.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace sherpa::algorithms {

namespace {

/// Axes with more cells than this are taken for continuous: the width of a cell is the same in
/// every density.
constexpr std::uint64_t most_cells = 256;

}  // namespace

Parzen::Parzen(std::span<const Axis> axes, std::vector<const Point*> points,
               std::vector<double> weights, Kernel kernel)
    : axes_(axes),
      points_(std::move(points)),
      weights_(std::move(weights)),
      kernel_(kernel),
      coordinates_(axes.size()) {
  const std::size_t n = points_.size();
  double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  weights_.push_back(n == 0 ? 1 : kernel_.prior * sum / static_cast<double>(n));
  sum += weights_.back();
  for (double& w : weights_) w /= sum;
  base_.resize(n);
  for (std::size_t i = 0; i < n; ++i) base_[i] = std::log(weights_[i]);
  terms_.resize(n + 1);

  const double h = kernel_.bandwidth;
  for (std::size_t j = 0; j < axes_.size(); ++j) {
    Coordinate& c = coordinates_[j];
    c.cells = axes_[j].levels() > 0 && axes_[j].levels() <= most_cells;
    if (!c.cells) {
      c.centres.resize(n);
      for (std::size_t i = 0; i < n; ++i) {
        double at = c.centres[i] = (*points_[i])[j];
        base_[i] -=
            std::log(h * std::sqrt(2 * std::numbers::pi) * normal_between(-at / h, (1 - at) / h));
      }
      continue;
    }
    c.slot.resize(n);
    std::vector<std::uint32_t> slot_of(axes_[j].levels(), ~0U);
    for (std::size_t i = 0; i < n; ++i) {
      auto level = axes_[j].level((*points_[i])[j]);
      if (slot_of[level] == ~0U) {
        slot_of[level] = static_cast<std::uint32_t>(c.levels.size());
        c.levels.push_back(level);
      }
      c.slot[i] = slot_of[level];
    }
  }
}

const Parzen::Column& Parzen::column(std::size_t axis, std::uint64_t level) {
  Coordinate& c = coordinates_[axis];
  auto [at, fresh] = c.columns.try_emplace(level);
  if (!fresh) return at->second;
  const Axis& a = axes_[axis];
  const double h = kernel_.bandwidth;
  at->second.resize(c.levels.size());
  for (std::size_t s = 0; s < c.levels.size(); ++s) {
    double mass = 0;
    if (a.kind() == Axis::Kind::categorical) {
      mass = (kernel_.share + (c.levels[s] == level ? 1 : 0)) /
             (1 + kernel_.share * static_cast<double>(a.levels()));
    } else {
      double centre = a.place(c.levels[s]);
      mass = normal_between((a.edge(level) - centre) / h, (a.edge(level + 1) - centre) / h) /
             normal_between(-centre / h, (1 - centre) / h);
    }
    at->second[s] = std::log(std::max(mass, 1e-300));
  }
  return at->second;
}

double Parzen::log_density(const Point& point) {
  const std::size_t n = points_.size();
  const double precision = 0.5 / (kernel_.bandwidth * kernel_.bandwidth);
  std::copy(base_.begin(), base_.end(), terms_.begin());
  double& prior = terms_[n] = std::log(weights_[n]);
  for (std::size_t j = 0; j < axes_.size(); ++j) {
    const Coordinate& c = coordinates_[j];
    if (!c.cells) {
      for (std::size_t i = 0; i < n; ++i) {
        double off = point[j] - c.centres[i];
        terms_[i] -= precision * off * off;
      }
      continue;
    }
    auto level = axes_[j].level(point[j]);
    const Column& masses = column(j, level);
    for (std::size_t i = 0; i < n; ++i) terms_[i] += masses[c.slot[i]];
    prior += std::log(axes_[j].edge(level + 1) - axes_[j].edge(level));
  }
  Eigen::Map<const Eigen::ArrayXd> terms(terms_.data(), static_cast<Eigen::Index>(terms_.size()));
  double highest = terms.maxCoeff();
  return highest + std::log((terms - highest).exp().sum());
}

Point Parzen::sample(Random& random) const {
  double left = random.uniform();
  std::size_t i = 0;
  while (i + 1 < weights_.size() && (left -= weights_[i]) >= 0) ++i;
  const bool prior = i == points_.size();
  Point point(axes_.size());
  for (std::size_t j = 0; j < axes_.size(); ++j) {
    const Axis& axis = axes_[j];
    double u = 0;
    if (prior) {
      u = random.uniform();
    } else if (axis.kind() == Axis::Kind::categorical) {
      double uniform = kernel_.share * static_cast<double>(axis.levels());
      u = random.chance(uniform / (1 + uniform)) ? random.uniform() : (*points_[i])[j];
    } else {
      do u = (*points_[i])[j] + kernel_.bandwidth * random.normal();
      while (u < 0 || u > 1);
    }
    point[j] = axis.snap(u);
  }
  return point;
}

}  // namespace sherpa::algorithms
