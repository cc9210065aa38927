#include "algorithms/bayesian/models/random_forest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace sherpa::algorithms {

namespace {

using Index = std::uint32_t;

/// Weight and weighted sum of responses, which are centred and scaled.
struct Sum {
  double weight = 0;
  double response = 0;

  void operator+=(const Sum& b) {
    weight += b.weight;
    response += b.response;
  }
};

bool has(const std::uint64_t* bits, std::uint32_t i) { return (bits[i / 64] >> (i % 64)) & 1; }

}  // namespace

/// Grows one tree after the other over the same points.
///
/// The points of a node are a range [begin, end) of every order: one order per feature, in which
/// they are sorted by it. A split parts the range of each, keeping the order within both halves.
class RandomForest::Grower {
 public:
  Grower(RandomForest& forest, const Eigen::MatrixXd& X, const Eigen::VectorXd& y,
         const RandomForestOptions& options, Random& random)
      : forest_(forest),
        x_(X),
        options_(options),
        random_(random),
        n_(static_cast<Index>(X.rows())) {
    auto d = static_cast<std::size_t>(X.cols());
    tried_ = std::clamp<std::size_t>(
        static_cast<std::size_t>(std::lround(options.feature_fraction * static_cast<double>(d))), 1,
        std::max<std::size_t>(d, 1));
    // Scaled first: huge responses must not overflow.
    scale_ = y.cwiseAbs().maxCoeff();
    if (scale_ == 0) scale_ = 1;
    response_ = y / scale_;
    centre_ = response_.mean();
    response_.array() -= centre_;

    features_.resize(d);
    std::iota(features_.begin(), features_.end(), std::size_t{0});
    sorted_.resize(d);
    orders_.resize(d);
    for (std::size_t f = 0; f < d; ++f) {
      sorted_[f].resize(n_);
      std::iota(sorted_[f].begin(), sorted_[f].end(), Index{0});
      const double* column = this->column(f);
      std::sort(sorted_[f].begin(), sorted_[f].end(), [&](Index a, Index b) {
        return column[a] != column[b] ? column[a] < column[b] : a < b;
      });
    }
    left_.resize(n_);
    spare_.resize(n_);
  }

  void grow(const Eigen::VectorXi& counts) {
    sums_.resize(n_);
    for (Index i = 0; i < n_; ++i)
      sums_[i] = {static_cast<double>(counts[i]), counts[i] * response_[i]};
    for (std::size_t f = 0; f < orders_.size(); ++f) {
      orders_[f].clear();
      for (Index i : sorted_[f])
        if (counts[i] > 0) orders_[f].push_back(i);
    }
    all_.clear();
    for (Index i = 0; i < n_; ++i)
      if (counts[i] > 0) all_.push_back(i);

    forest_.roots_.push_back(add(1));
    struct Open {
      std::uint32_t node;
      Index begin, end;
    };
    std::vector<Open> open{{forest_.roots_.back(), 0, static_cast<Index>(all_.size())}};
    while (!open.empty()) {
      auto [node, begin, end] = open.back();
      open.pop_back();
      auto middle = split(node, begin, end);
      if (middle == end) continue;
      auto left = forest_.nodes_[node].left;
      open.push_back({left + 1, middle, end});
      open.push_back({left, begin, middle});
    }
  }

 private:
  struct Split {
    std::size_t feature = 0;
    double threshold = 0;
    Index left = 0;  // points of an ordered feature, categories of another; 0: no split yet
    std::vector<std::uint32_t> by_mean{};  // the categories present, in the order of their means
  };

  /// Which split explains most. With W the weight of the node and m its mean, parting off a weight
  /// w with sum s lessens the squared error by W (s - w m)² / (w (W - w)): kept as a fraction,
  /// compared without a division.
  class Contest {
   public:
    explicit Contest(const Sum& total) : total_(total), mean_(total.response / total.weight) {}

    bool won_by(const Sum& left) {
      double off = left.response - left.weight * mean_;
      double over = off * off, under = left.weight * (total_.weight - left.weight);
      if (!(over * under_ > over_ * under)) return false;
      over_ = over;
      under_ = under;
      return true;
    }

   private:
    Sum total_;
    double mean_;
    double over_ = -1, under_ = 1;
  };

  const double* column(std::size_t f) const { return x_.col(static_cast<Eigen::Index>(f)).data(); }
  bool categorical(std::size_t f) const {
    return f < options_.categories.size() && options_.categories[f] > 0;
  }

  std::uint32_t add(std::size_t nodes) {
    auto first = static_cast<std::uint32_t>(forest_.nodes_.size());
    forest_.nodes_.resize(forest_.nodes_.size() + nodes);
    return first;
  }

  /// Makes a node of these points: a leaf (returns `end`), or a split, whose right half begins at
  /// what it returns.
  Index split(std::uint32_t node, Index begin, Index end) {
    Sum total;
    double low = INFINITY, high = -INFINITY;
    for (Index at = begin; at < end; ++at) {
      Index i = all_[at];
      total += sums_[i];
      low = std::min(low, response_[i]);
      high = std::max(high, response_[i]);
    }
    bool varies = high - low > 4 * std::numeric_limits<double>::epsilon();
    Split best;
    if (varies && end - begin >= std::max(2U, options_.min_samples_split) &&
        end - begin >= 2 * options_.min_samples_leaf)
      best = best_split(begin, end, total);
    if (best.left == 0) {
      make_leaf(node, begin, end, total);
      return end;
    }
    auto children = add(2);
    Node& parent = forest_.nodes_[node];
    parent.left = children;
    parent.feature = static_cast<std::int32_t>(best.feature);
    if (categorical(best.feature)) {
      parent.subset = write_subset(best);
      for (Index at = begin; at < end; ++at)
        left_[all_[at]] = has(&forest_.subsets_[parent.subset],
                              static_cast<std::uint32_t>(column(best.feature)[all_[at]]));
    } else {
      parent.value = best.threshold;
      for (Index at = begin; at < end; ++at)
        left_[all_[at]] = column(best.feature)[all_[at]] <= best.threshold;
    }
    Index middle = part(all_, begin, end);
    if (end - begin > 2)  // else two leaves
      for (auto& order : orders_) part(order, begin, end);
    return middle;
  }

  void make_leaf(std::uint32_t node, Index begin, Index end, const Sum& total) {
    double mean = total.response / total.weight, squares = 0;
    for (Index at = begin; at < end; ++at) {
      double off = response_[all_[at]] - mean;
      squares += sums_[all_[at]].weight * off * off;
    }
    forest_.nodes_[node].value = (mean + centre_) * scale_;
    forest_.nodes_[node].variance = squares / total.weight * scale_ * scale_;
  }

  /// Over a random choice of features, extended while none of them can be split. `left`
  /// is 0 when there is no split.
  Split best_split(Index begin, Index end, const Sum& total) {
    Split best;
    Contest contest(total);
    for (std::size_t k = 0; k < features_.size(); ++k) {
      if (k >= tried_ && best.left > 0) break;
      if (tried_ < features_.size())
        std::swap(features_[k], features_[k + random_.below(features_.size() - k)]);
      if (categorical(features_[k])) {
        try_categories(features_[k], begin, end, contest, best);
      } else {
        try_thresholds(features_[k], begin, end, contest, best);
      }
    }
    if (best.left > 0 && !categorical(best.feature)) best.threshold = threshold(best, begin);
    return best;
  }

  void try_thresholds(std::size_t f, Index begin, Index end, Contest& contest, Split& best) const {
    const double* column = this->column(f);
    std::span<const Index> order(&orders_[f][begin], end - begin);
    Sum left;
    double here = column[order[0]];
    for (std::size_t n = 1; n < order.size(); ++n) {
      left += sums_[order[n - 1]];
      double next = column[order[n]];
      bool same = next == here;
      here = next;
      if (same || n < options_.min_samples_leaf || order.size() - n < options_.min_samples_leaf)
        continue;
      if (contest.won_by(left)) {
        best.feature = f;
        best.left = static_cast<Index>(n);
      }
    }
  }

  double threshold(const Split& split, Index begin) {
    const double* column = this->column(split.feature);
    const auto& order = orders_[split.feature];
    double low = column[order[begin + split.left - 1]], high = column[order[begin + split.left]];
    double at = options_.random_thresholds ? random_.uniform(low, high) : std::midpoint(low, high);
    return at < high ? at : low;  // rounding must not put `high` on the left
  }

  void try_categories(std::size_t f, Index begin, Index end, Contest& contest, Split& best) const {
    struct Group {
      Sum sum;
      Index points = 0;
    };
    std::vector<Group> groups(options_.categories[f]);
    for (Index at = begin; at < end; ++at) {
      auto& group = groups[static_cast<std::size_t>(column(f)[all_[at]])];
      group.sum += sums_[all_[at]];
      ++group.points;
    }
    std::vector<std::uint32_t> present;
    for (std::uint32_t c = 0; c < groups.size(); ++c)
      if (groups[c].points > 0) present.push_back(c);
    auto mean = [&](std::uint32_t c) { return groups[c].sum.response / groups[c].sum.weight; };
    std::stable_sort(present.begin(), present.end(),
                     [&](auto a, auto b) { return mean(a) < mean(b); });
    Sum left;
    Index points = 0;
    bool better = false;
    for (std::size_t n = 1; n < present.size(); ++n) {
      const Group& group = groups[present[n - 1]];
      left += group.sum;
      points += group.points;
      if (points < options_.min_samples_leaf || end - begin - points < options_.min_samples_leaf)
        continue;
      if (contest.won_by(left)) {
        better = true;
        best.feature = f;
        best.left = static_cast<Index>(n);
      }
    }
    if (better) best.by_mean = std::move(present);
  }

  /// The set of categories that go left. Those that the node has not seen go either way by chance,
  /// or right.
  std::uint32_t write_subset(const Split& split) {
    auto categories = options_.categories[split.feature];
    auto first = static_cast<std::uint32_t>(forest_.subsets_.size());
    forest_.subsets_.resize(first + (categories + 63) / 64);
    std::uint64_t* bits = &forest_.subsets_[first];
    if (options_.random_thresholds)
      for (std::uint32_t word = 0; word * 64 < categories; ++word) bits[word] = random_.bits();
    for (std::size_t k = 0; k < split.by_mean.size(); ++k) {
      std::uint64_t bit = std::uint64_t{1} << (split.by_mean[k] % 64);
      std::uint64_t& word = bits[split.by_mean[k] / 64];
      word = k < split.left ? word | bit : word & ~bit;
    }
    return first;
  }

  /// Moves what goes left to the front of the range, keeping the order within both parts.
  Index part(std::vector<Index>& order, Index begin, Index end) {
    Index to = begin, right = 0;
    for (Index at = begin; at < end; ++at) {
      Index i = order[at];
      // Both are written and one counts: no branch to mispredict.
      order[to] = i;
      spare_[right] = i;
      bool left = left_[i] != 0;
      to += left ? 1 : 0;
      right += left ? 0 : 1;
    }
    std::copy_n(spare_.begin(), right, order.begin() + to);
    return to;
  }

  RandomForest& forest_;
  const Eigen::MatrixXd& x_;
  const RandomForestOptions& options_;
  Random& random_;
  Index n_;
  std::size_t tried_ = 1;  // features per node
  double scale_ = 1, centre_ = 0;
  Eigen::VectorXd response_;
  std::vector<Sum> sums_;  // per point, for this tree
  std::vector<std::size_t> features_;
  std::vector<std::vector<Index>> sorted_;  // per feature, all points
  std::vector<std::vector<Index>> orders_;  // per feature, this tree's points
  std::vector<Index> all_;                  // this tree's points, by number within a node
  std::vector<std::uint8_t> left_;
  std::vector<Index> spare_;
};

RandomForest RandomForest::fit(const Eigen::MatrixXd& X, const Eigen::VectorXd& y,
                               const RandomForestOptions& options, Random& random) {
  Eigen::MatrixXi counts =
      Eigen::MatrixXi::Constant(X.rows(), options.trees, options.bootstrap ? 0 : 1);
  if (options.bootstrap)
    for (Eigen::Index t = 0; t < counts.cols(); ++t)
      for (Eigen::Index i = 0; i < counts.rows(); ++i)
        ++counts(static_cast<Eigen::Index>(random.below(static_cast<std::uint64_t>(counts.rows()))),
                 t);
  return fit(X, y, counts, options, random);
}

RandomForest RandomForest::fit(const Eigen::MatrixXd& X, const Eigen::VectorXd& y,
                               const Eigen::MatrixXi& counts, const RandomForestOptions& options,
                               Random& random) {
  RandomForest forest;
  forest.categories_ = options.categories;
  forest.categories_.resize(static_cast<std::size_t>(X.cols()), 0);
  Grower grower(forest, X, y, options, random);
  for (Eigen::Index t = 0; t < counts.cols(); ++t) grower.grow(counts.col(t));
  return forest;
}

const RandomForest::Node& RandomForest::leaf(std::size_t tree, const double* x) const {
  const Node* node = &nodes_[roots_[tree]];
  while (node->feature >= 0) {
    auto f = static_cast<std::size_t>(node->feature);
    bool left = categories_[f] > 0 ? has(&subsets_[node->subset], static_cast<std::uint32_t>(x[f]))
                                   : x[f] <= node->value;
    node = &nodes_[node->left + (left ? 0 : 1)];
  }
  return *node;
}

std::vector<RandomForest::Box> RandomForest::boxes(std::size_t tree) const {
  Box whole{.low = std::vector<double>(categories_.size(), 0.0),
            .high = std::vector<double>(categories_.size(), 1.0)};
  for (auto n : categories_) whole.categories.emplace_back(n, true);
  std::vector<std::pair<std::uint32_t, Box>> open{{roots_[tree], std::move(whole)}};
  std::vector<Box> out;
  while (!open.empty()) {
    auto [at, box] = std::move(open.back());
    open.pop_back();
    const Node& node = nodes_[at];
    if (node.feature < 0) {
      box.value = node.value;
      out.push_back(std::move(box));
      continue;
    }
    const auto f = static_cast<std::size_t>(node.feature);
    Box right = box;
    if (categories_[f] == 0) {
      box.high[f] = right.low[f] = std::clamp(node.value, box.low[f], box.high[f]);
    } else {
      for (std::uint32_t c = 0; c < categories_[f]; ++c)
        (has(&subsets_[node.subset], c) ? right : box).categories[f][c] = false;
    }
    open.emplace_back(node.left + 1, std::move(right));
    open.emplace_back(node.left, std::move(box));
  }
  return out;
}

void RandomForest::predict(const Eigen::MatrixXd& X, Eigen::VectorXd& mean,
                           Eigen::VectorXd& variance) const {
  const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = X;
  mean = Eigen::VectorXd::Zero(X.rows());
  variance = Eigen::VectorXd::Zero(X.rows());  // within the leaves
  Eigen::VectorXd between = Eigen::VectorXd::Zero(X.rows());
  for (std::size_t t = 0; t < trees(); ++t)  // tree by tree: each stays in the cache
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
      const Node& at = leaf(t, rows.row(i).data());
      double off = at.value - mean[i];
      mean[i] += off / static_cast<double>(t + 1);
      between[i] += off * (at.value - mean[i]);
      variance[i] += at.variance;
    }
  variance = (variance + between) / static_cast<double>(trees());
}

}  // namespace sherpa::algorithms
