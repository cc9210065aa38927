#include "algorithms/importance.hpp"

#include "algorithms/bayesian/models/random_forest.hpp"

#include <sherpa/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;

constexpr std::uint64_t seed = 7;
constexpr std::uint32_t smallest_leaf = 3;
constexpr std::size_t fewest = 4 * smallest_leaf;
/// Of values in [0, 1]: less is rounding.
constexpr double least_variance = 1e-18;

using Trials = std::span<const std::pair<Configuration, double>>;

std::uint32_t categories(const Parameter& parameter) {
  auto* choice = parameter.as<Choice>();
  return choice ? static_cast<std::uint32_t>(choice->values.size()) : 0;
}

/// The range of the values without outliers: those beyond three standard deviations of the mean,
/// removed repeatedly, because a huge one hides the others.
std::pair<double, double> range_of(std::vector<double> values) {
  constexpr int most_rounds = 12;
  for (int round = 0; round < most_rounds; ++round) {
    Eigen::Map<const Eigen::ArrayXd> all(values.data(), static_cast<Index>(values.size()));
    const double scale = all.abs().maxCoeff();  // squares of huge values must not overflow
    if (scale == 0) break;
    const double mean = (all / scale).mean();
    const double most = 3 * std::sqrt((all / scale - mean).square().mean());
    std::vector<double> kept;
    for (double x : values)
      if (std::abs(x / scale - mean) <= most) kept.push_back(x);
    if (kept.empty() || kept.size() == values.size()) break;
    values = std::move(kept);
  }
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

/// Clipped to their range, which becomes [0, 1].
Eigen::VectorXd scaled(const std::vector<double>& values) {
  auto [low, high] = range_of(values);
  Eigen::VectorXd out(static_cast<Index>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    double clipped = std::clamp(values[i], low, high);
    // Halved first: the difference of two finite numbers may be infinite.
    out[static_cast<Index>(i)] = high > low ? (clipped / 2 - low / 2) / (high / 2 - low / 2) : 0;
  }
  return out;
}

/// As the forest takes points: coordinates of the unit cube, numbers of categories.
Eigen::MatrixXd coded(const space::SearchSpace& space, Trials trials) {
  Eigen::MatrixXd X(static_cast<Index>(trials.size()), static_cast<Index>(space.size()));
  for (Index i = 0; i < X.rows(); ++i) {
    auto point = space.to_unit(trials[static_cast<std::size_t>(i)].first);
    for (Index d = 0; d < X.cols(); ++d) {
      const auto parameter = static_cast<std::size_t>(d);
      const auto n = categories(space.parameters()[parameter]);
      X(i, d) = n > 0 ? std::min(std::floor(point[parameter] * n), n - 1.0) : point[parameter];
    }
  }
  return X;
}

/// The leaves of one tree, which part the unit cube: a piecewise constant function.
class Partition {
 public:
  explicit Partition(std::vector<RandomForest::Box> boxes) : boxes_(std::move(boxes)) {
    for (const auto& box : boxes_) {
      double volume = 1;
      for (std::size_t d = 0; d < box.low.size(); ++d) volume *= width(box, d);
      volumes_.push_back(volume);
      mean_ += volume * box.value;
      squares_ += volume * box.value * box.value;
    }
  }

  double variance() const { return squares_ - mean_ * mean_; }
  /// The variance of the marginal of one feature (equation 6 of the paper).
  double variance_of(std::size_t d) const {
    return std::max(
        0.0, (boxes_[0].categories[d].empty() ? ordered(d) : categorical(d)) - mean_ * mean_);
  }

 private:
  static double width(const RandomForest::Box& box, std::size_t d) {
    const auto& set = box.categories[d];
    if (set.empty()) return box.high[d] - box.low[d];
    return static_cast<double>(std::count(set.begin(), set.end(), true)) /
           static_cast<double>(set.size());
  }
  /// What a box adds to the marginal of `d` where it lies.
  double height(std::size_t box, std::size_t d) const {
    double w = width(boxes_[box], d);
    return w > 0 ? boxes_[box].value * volumes_[box] / w : 0;
  }

  /// The mean square of the marginal: a sweep over the places where boxes begin and end.
  double ordered(std::size_t d) const {
    std::vector<std::pair<double, double>> changes;
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      changes.emplace_back(boxes_[i].low[d], height(i, d));
      changes.emplace_back(boxes_[i].high[d], -height(i, d));
    }
    std::sort(changes.begin(), changes.end());
    double marginal = 0, out = 0, from = 0;
    for (auto [at, change] : changes) {
      out += marginal * marginal * (at - from);
      marginal += change;
      from = at;
    }
    return out;
  }

  double categorical(std::size_t d) const {
    std::vector<double> marginal(boxes_[0].categories[d].size());
    for (std::size_t i = 0; i < boxes_.size(); ++i)
      for (std::size_t c = 0; c < marginal.size(); ++c)
        if (boxes_[i].categories[d][c]) marginal[c] += height(i, d);
    double out = 0;
    for (double m : marginal) out += m * m;
    return out / static_cast<double>(marginal.size());
  }

  std::vector<RandomForest::Box> boxes_;
  std::vector<double> volumes_;
  double mean_ = 0, squares_ = 0;
};

RandomForest grow(const space::SearchSpace& space, Trials trials,
                  const ImportanceOptions& options) {
  std::vector<double> values;
  for (const auto& trial : trials) values.push_back(trial.second);
  RandomForestOptions forest{.min_samples_split = 2 * smallest_leaf,
                             .min_samples_leaf = smallest_leaf,
                             .feature_fraction = 5.0 / 6,
                             .random_thresholds = false};
  for (const auto& parameter : space.parameters())
    forest.categories.push_back(categories(parameter));
  Random random(seed);
  const auto n = static_cast<Index>(trials.size());
  Eigen::MatrixXi counts = Eigen::MatrixXi::Zero(n, options.trees);
  for (Index t = 0; t < counts.cols(); ++t)
    for (std::uint32_t i = 0; i < std::min<std::size_t>(options.draws, trials.size()); ++i)
      ++counts(static_cast<Index>(random.below(trials.size())), t);
  return RandomForest::fit(coded(space, trials), scaled(values), counts, forest, random);
}

/// Every n-th, so that at most `most` are left.
std::vector<std::pair<Configuration, double>> sample(Trials trials, std::size_t most) {
  std::vector<std::pair<Configuration, double>> out;
  const auto stride = (trials.size() + most - 1) / most;
  for (std::size_t i = 0; i < trials.size(); i += stride) out.push_back(trials[i]);
  return out;
}

}  // namespace

std::optional<Importance> importance(const space::SearchSpace& space, Trials trials,
                                     const ImportanceOptions& options) {
  if (trials.size() < fewest || space.size() == 0) return std::nullopt;
  const auto some = sample(trials, options.max_trials);
  const auto forest = grow(space, some, options);
  std::vector<std::vector<double>> shares;  // by tree
  for (std::size_t t = 0; t < forest.trees(); ++t) {
    Partition tree(forest.boxes(t));
    if (!(tree.variance() > least_variance)) continue;  // a tree without a split
    auto& of = shares.emplace_back();
    for (std::size_t d = 0; d < space.size(); ++d)
      of.push_back(tree.variance_of(d) / tree.variance());
  }
  if (shares.empty()) return std::nullopt;
  Importance out;
  const auto n = static_cast<double>(shares.size());
  double alone = 0;
  for (std::size_t d = 0; d < space.size(); ++d) {
    double sum = 0, squares = 0;
    for (const auto& of : shares) sum += of[d];
    for (const auto& of : shares) squares += (of[d] - sum / n) * (of[d] - sum / n);
    out.share.push_back(sum / n);
    out.deviation.push_back(std::sqrt(squares / n));
    alone += sum / n;
  }
  out.interaction = std::max(0.0, 1 - alone);
  return out;
}

}  // namespace sherpa::algorithms
