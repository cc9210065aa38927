#include "algorithms/bayesian/acquisition/acquisition_search.hpp"

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

/// Levels up to which a coordinate is walked level by level; beyond, gradients see it as continuous
/// and its result is rounded.
constexpr std::uint64_t few = 32;

/// One coordinate of the search.
struct Axis {
  bool smooth = false;       // climbs by gradient
  bool ordered = true;       // neighbours are the levels beside it, else all levels
  std::uint64_t levels = 0;  // 0: continuous
};

class Search {
 public:
  Search(const Acquisition& acquisition, const History& history, Random& random)
      : acquisition_(acquisition), history_(history), random_(random) {
    for (const auto& parameter : history.space().parameters()) {
      Axis axis;
      axis.levels = space::levels(parameter);
      axis.ordered = !parameter.as<Choice>();
      axis.smooth = axis.ordered && (axis.levels == 0 || axis.levels > few);
      axes_.push_back(axis);
      any_smooth_ |= axis.smooth;
      any_stepped_ |= !axis.smooth && axis.levels > 1;
    }
    any_rough_ = any_smooth_ && !acquisition.differentiable();
    any_smooth_ &= acquisition.differentiable();
  }

  /// Candidates, best first, as far as they go.
  Point best(const MatrixXd& incumbents, const std::function<bool(const Point&)>& allowed) {
    const Index d = static_cast<Index>(axes_.size());
    const Index spread = 300, near = 40;
    MatrixXd pool(spread + near * incumbents.rows(), d);
    Index row = 0;
    for (; row < spread; ++row)
      for (Index c = 0; c < d; ++c) pool(row, c) = random_.uniform();
    for (Index i = 0; i < incumbents.rows(); ++i)
      for (Index j = 0; j < near; ++j) pool.row(row++) = neighbour(incumbents.row(i));
    snap(pool);
    VectorXd values = acquisition_.values(pool);
    std::vector<Index> order(static_cast<std::size_t>(pool.rows()));
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](Index a, Index b) { return values[a] > values[b]; });

    struct Found {
      VectorXd point;
      double value;
    };
    std::vector<Found> found;
    std::vector<VectorXd> starts;
    for (Index i : order) {
      VectorXd start = pool.row(i).transpose();
      bool close = std::any_of(starts.begin(), starts.end(), [&](const VectorXd& other) {
        return (other - start).lpNorm<Eigen::Infinity>() < 0.05;
      });
      if (close && starts.size() > 0) continue;
      starts.push_back(start);
      found.push_back(climb(start, values[i]));
      if (starts.size() == 5) break;
    }
    for (Index i = 0; i < std::min<Index>(2, pool.rows()); ++i)
      if (Index at = order[static_cast<std::size_t>(i)]; at >= spread)
        found.push_back(climb(pool.row(at).transpose(), values[at]));
    for (Index i : order) found.push_back({pool.row(i).transpose(), values[i]});
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.value > b.value; });
    for (const auto& one : found) {
      Point point = history_.snap(Point(one.point.begin(), one.point.end()));
      if (allowed(point)) return point;
    }
    return {};
  }

 private:
  struct Climbed {
    VectorXd point;
    double value;
    template <class T>
    operator T() && {
      return {std::move(point), value};
    }
  };

  void snap(MatrixXd& points) const {
    for (Index c = 0; c < points.cols(); ++c) {
      auto levels = axes_[static_cast<std::size_t>(c)].levels;
      if (levels == 0) continue;
      const auto& parameter = history_.space().parameters()[static_cast<std::size_t>(c)];
      for (Index r = 0; r < points.rows(); ++r)
        points(r, c) = space::to_unit(parameter, space::from_unit(parameter, points(r, c)));
    }
  }

  /// Some coordinates moved, by a distance of any order of magnitude.
  Eigen::RowVectorXd neighbour(Eigen::RowVectorXd point) {
    const auto d = static_cast<std::uint64_t>(point.size());
    double radius = std::pow(10.0, random_.uniform(-4, -0.3));
    double chance =
        random_.chance(0.5) ? 1 : std::max(1.0 / static_cast<double>(d), random_.uniform());
    auto forced = static_cast<Index>(random_.below(d));
    for (Index c = 0; c < point.size(); ++c) {
      const auto& axis = axes_[static_cast<std::size_t>(c)];
      if (c != forced && !random_.chance(chance)) continue;
      if (axis.levels == 0 || axis.levels > few) {
        point[c] = std::clamp(point[c] + radius * random_.normal(), 0.0, 1.0);
      } else if (axis.ordered) {
        double width = 1 / static_cast<double>(axis.levels);
        if (c == forced || random_.chance(0.3))
          point[c] = std::clamp(point[c] + (random_.chance(0.5) ? width : -width), 0.5 * width,
                                1 - 0.5 * width);
      } else if (c == forced || random_.chance(0.3)) {
        point[c] = random_.uniform();
      }
    }
    return point;
  }

  Climbed climb(VectorXd point, double value) {
    for (int round = 0; round < 12; ++round) {
      double before = value;
      if (any_smooth_) follow_gradient(point, value);
      if (any_rough_) wander(point, value);
      if (!any_stepped_ || !step(point, value)) break;
      if (!any_smooth_ && value <= before) break;
    }
    return {std::move(point), value};
  }

  void follow_gradient(VectorXd& point, double& value) const {
    VectorXd low = point, high = point;
    for (Index c = 0; c < point.size(); ++c)
      if (axes_[static_cast<std::size_t>(c)].smooth) {
        low[c] = 0;
        high[c] = 1;
      }
    Differentiable f = [&](const VectorXd& x, VectorXd& slope) {
      double v = acquisition_.at(x, slope);
      slope = -slope;
      return -v;
    };
    Minimum found = minimise(
        f, point, low, high,
        {.iterations = 40, .evaluations = 50, .gradient_tolerance = 1e-4, .value_tolerance = 1e-7});
    if (-found.value > value) {
      value = -found.value;
      point = found.x;
    }
  }

  /// To better points nearby, in rounds, as long as there are any; half as far when there are none.
  void wander(VectorXd& point, double& value) {
    constexpr Index tries = 16;
    double radius = 0.1;
    for (int round = 0; round < 10 && radius > 1e-3; ++round) {
      MatrixXd points = point.transpose().replicate(tries, 1);
      for (Index r = 0; r < tries; ++r)
        for (Index c = 0; c < point.size(); ++c)
          if (axes_[static_cast<std::size_t>(c)].smooth && random_.chance(0.5))
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

  /// To the best point that differs in the level of one coordinate. False when none is better.
  bool step(VectorXd& point, double& value) {
    std::vector<std::pair<Index, double>> moves;
    for (Index c = 0; c < point.size(); ++c) {
      const auto& axis = axes_[static_cast<std::size_t>(c)];
      if (axis.smooth || axis.levels < 2) continue;
      const auto& parameter = history_.space().parameters()[static_cast<std::size_t>(c)];
      if (axis.levels <= few) {
        for (std::uint64_t l = 0; l < axis.levels; ++l) {
          double u = (static_cast<double>(l) + 0.5) / static_cast<double>(axis.levels);
          if (auto* discrete = parameter.as<Discrete>())
            u = space::to_unit(parameter,
                               Value(discrete->range.low + static_cast<std::int64_t>(l)));
          if (u != point[c]) moves.emplace_back(c, u);
        }
      } else {
        for (std::uint64_t l = 0; l < few; ++l)
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
  bool any_smooth_ = false, any_stepped_ = false;
  bool any_rough_ = false;  // coordinates that no gradient is known of
};

}  // namespace

Point maximise(const Acquisition& acquisition, const History& history, const MatrixXd& incumbents,
               Random& random, const std::function<bool(const Point&)>& allowed) {
  return Search(acquisition, history, random).best(incumbents, allowed);
}

}  // namespace sherpa::algorithms
