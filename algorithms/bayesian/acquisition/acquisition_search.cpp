#include "algorithms/bayesian/acquisition/acquisition_search.hpp"

#include "algorithms/axis.hpp"
#include "algorithms/numerics/lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A coordinate with at most this many levels is searched level by level; with more, it is treated
/// as continuous and its result rounded.
constexpr std::uint64_t few_levels = 32;

bool searched_by_gradient(const Axis& axis) {
  return axis.kind() != Axis::Kind::categorical &&
         (axis.levels() == 0 || axis.levels() > few_levels);
}

struct Candidate {
  VectorXd point;
  double value;
};

class Search {
 public:
  Search(const Acquisition& acquisition, const History& history, Random& random)
      : acquisition_(acquisition),
        history_(history),
        random_(random),
        axes_(axes_of(history.space())) {
    bool any_smooth = false;
    for (const Axis& axis : axes_) {
      smooth_.push_back(searched_by_gradient(axis));
      any_smooth |= smooth_.back();
      any_stepped_ |= !smooth_.back() && axis.levels() > 1;
    }
    climbs_ = any_smooth && acquisition.differentiable();
    wanders_ = any_smooth && !acquisition.differentiable();
  }

  /// The best allowed point, after local searches from the best of a pool of points.
  Point best(const MatrixXd& incumbents, const std::function<bool(const Point&)>& allowed) {
    MatrixXd points = pool(incumbents);
    VectorXd values = acquisition_.values(points);
    std::vector<Index> order(static_cast<std::size_t>(points.rows()));
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](Index a, Index b) { return values[a] > values[b]; });

    std::vector<Candidate> found;
    for (Index i : distinct_starts(points, order))
      found.push_back(local_search(points.row(i).transpose(), values[i]));
    for (Index i = 0; i < std::min<Index>(2, points.rows()); ++i)
      if (Index start = order[static_cast<std::size_t>(i)]; start >= random_points)
        found.push_back(local_search(points.row(start).transpose(), values[start]));
    for (Index i : order) found.push_back({points.row(i).transpose(), values[i]});
    std::stable_sort(found.begin(), found.end(),
                     [](const Candidate& a, const Candidate& b) { return a.value > b.value; });
    for (const auto& one : found) {
      Point point = history_.snap(Point(one.point.begin(), one.point.end()));
      if (allowed(point)) return point;
    }
    return {};
  }

 private:
  static constexpr Index random_points = 300, neighbours_each = 40;

  /// Random points, then neighbours of the incumbents.
  MatrixXd pool(const MatrixXd& incumbents) {
    const Index d = static_cast<Index>(axes_.size());
    MatrixXd points(random_points + neighbours_each * incumbents.rows(), d);
    Index row = 0;
    for (; row < random_points; ++row)
      for (Index c = 0; c < d; ++c) points(row, c) = random_.uniform();
    for (Index i = 0; i < incumbents.rows(); ++i)
      for (Index j = 0; j < neighbours_each; ++j) points.row(row++) = neighbour(incumbents.row(i));
    snap(points);
    return points;
  }

  /// The first five in `order` that are not close to one another.
  static std::vector<Index> distinct_starts(const MatrixXd& points,
                                            const std::vector<Index>& order) {
    std::vector<Index> starts;
    for (Index i : order) {
      const bool close = std::any_of(starts.begin(), starts.end(), [&](Index other) {
        return (points.row(other) - points.row(i)).lpNorm<Eigen::Infinity>() < 0.05;
      });
      if (close) continue;
      starts.push_back(i);
      if (starts.size() == 5) break;
    }
    return starts;
  }

  void snap(MatrixXd& points) const {
    for (Index c = 0; c < points.cols(); ++c) {
      if (axes_[static_cast<std::size_t>(c)].levels() == 0) continue;
      const auto& parameter = history_.space().parameters()[static_cast<std::size_t>(c)];
      for (Index r = 0; r < points.rows(); ++r)
        points(r, c) = space::to_unit(parameter, space::from_unit(parameter, points(r, c)));
    }
  }

  /// A point with some coordinates moved, at least one, by a distance of random magnitude.
  Eigen::RowVectorXd neighbour(Eigen::RowVectorXd point) {
    const auto d = static_cast<std::uint64_t>(point.size());
    double radius = std::pow(10.0, random_.uniform(-4, -0.3));
    double chance =
        random_.chance(0.5) ? 1 : std::max(1.0 / static_cast<double>(d), random_.uniform());
    auto forced = static_cast<Index>(random_.below(d));
    for (Index c = 0; c < point.size(); ++c) {
      const auto& axis = axes_[static_cast<std::size_t>(c)];
      if (c != forced && !random_.chance(chance)) continue;
      if (axis.levels() == 0 || axis.levels() > few_levels) {
        point[c] = std::clamp(point[c] + radius * random_.normal(), 0.0, 1.0);
      } else if (axis.kind() != Axis::Kind::categorical) {
        double width = 1 / static_cast<double>(axis.levels());
        if (c == forced || random_.chance(0.3))
          point[c] = std::clamp(point[c] + (random_.chance(0.5) ? width : -width), 0.5 * width,
                                1 - 0.5 * width);
      } else if (c == forced || random_.chance(0.3)) {
        point[c] = random_.uniform();
      }
    }
    return point;
  }

  Candidate local_search(VectorXd point, double value) {
    for (int round = 0; round < 12; ++round) {
      double before = value;
      if (climbs_) follow_gradient(point, value);
      if (wanders_) wander(point, value);
      if (!any_stepped_ || !step(point, value)) break;
      if (!climbs_ && value <= before) break;
    }
    return {std::move(point), value};
  }

  /// Improves the smooth coordinates by L-BFGS-B.
  void follow_gradient(VectorXd& point, double& value) const {
    VectorXd low = point, high = point;
    for (Index c = 0; c < point.size(); ++c)
      if (smooth_[static_cast<std::size_t>(c)]) {
        low[c] = 0;
        high[c] = 1;
      }
    Differentiable f = [&](const VectorXd& x, VectorXd& gradient) {
      double v = acquisition_.value_and_gradient(x, gradient);
      gradient = -gradient;
      return -v;
    };
    Minimum found = minimize(
        f, point, low, high,
        {.iterations = 40, .evaluations = 50, .gradient_tolerance = 1e-4, .value_tolerance = 1e-7});
    if (-found.value > value) {
      value = -found.value;
      point = found.x;
    }
  }

  /// Improves the smooth coordinates without a gradient: moves to the best of 16 random points
  /// around, and halves the radius when none of them is better.
  void wander(VectorXd& point, double& value) {
    constexpr Index tries = 16;
    double radius = 0.1;
    for (int round = 0; round < 10 && radius > 1e-3; ++round) {
      MatrixXd points = point.transpose().replicate(tries, 1);
      for (Index r = 0; r < tries; ++r)
        for (Index c = 0; c < point.size(); ++c)
          if (smooth_[static_cast<std::size_t>(c)] && random_.chance(0.5))
            points(r, c) = std::clamp(points(r, c) + radius * random_.normal(), 0.0, 1.0);
      snap(points);
      Index at = 0;
      double most = acquisition_.values(points).maxCoeff(&at);
      if (!(most > value)) {
        radius *= 0.5;
        continue;
      }
      value = most;
      point = points.row(at).transpose();
    }
  }

  /// Moves to the best point that differs in one discrete coordinate. False when none is better.
  bool step(VectorXd& point, double& value) {
    std::vector<std::pair<Index, double>> moves;
    for (Index c = 0; c < point.size(); ++c) {
      const auto& axis = axes_[static_cast<std::size_t>(c)];
      if (smooth_[static_cast<std::size_t>(c)] || axis.levels() < 2) continue;
      const auto& parameter = history_.space().parameters()[static_cast<std::size_t>(c)];
      if (axis.levels() <= few_levels) {
        for (std::uint64_t l = 0; l < axis.levels(); ++l) {
          double u = (static_cast<double>(l) + 0.5) / static_cast<double>(axis.levels());
          if (auto* discrete = parameter.as<Discrete>())
            u = space::to_unit(parameter,
                               Value(discrete->range.low + static_cast<std::int64_t>(l)));
          if (u != point[c]) moves.emplace_back(c, u);
        }
      } else {
        for (std::uint64_t l = 0; l < few_levels; ++l)
          moves.emplace_back(
              c, space::to_unit(parameter, space::from_unit(parameter, random_.uniform())));
      }
    }
    if (moves.empty()) return false;
    MatrixXd points = point.transpose().replicate(static_cast<Index>(moves.size()), 1);
    for (std::size_t i = 0; i < moves.size(); ++i)
      points(static_cast<Index>(i), moves[i].first) = moves[i].second;
    VectorXd values = acquisition_.values(points);
    Index at = 0;
    double most = values.maxCoeff(&at);
    if (!(most > value)) return false;
    value = most;
    point = points.row(at).transpose();
    return true;
  }

  const Acquisition& acquisition_;
  const History& history_;
  Random& random_;
  std::vector<Axis> axes_;
  std::vector<bool> smooth_;  // per axis: searched as continuous
  bool climbs_ = false;       // smooth coordinates by gradient
  bool wanders_ = false;      // smooth coordinates without one
  bool any_stepped_ = false;
};

}  // namespace

Point maximize(const Acquisition& acquisition, const History& history, const MatrixXd& incumbents,
               Random& random, const std::function<bool(const Point&)>& allowed) {
  return Search(acquisition, history, random).best(incumbents, allowed);
}

}  // namespace sherpa::algorithms
