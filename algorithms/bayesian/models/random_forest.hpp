#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <sherpa/random.hpp>

#include <Eigen/Core>

#include <cstdint>
#include <vector>

namespace sherpa::algorithms {

struct RandomForestOptions {
  std::uint32_t trees = 10;
  std::uint32_t min_samples_split = 2;  ///< smaller nodes are leaves
  std::uint32_t min_samples_leaf = 1;   ///< no split leaves fewer on one side
  double feature_fraction = 1;          ///< of the features are tried at a node, at least one
  bool bootstrap = true;  ///< each tree sees n draws with replacement, else all points
  /// Thresholds are drawn uniformly between the two neighbouring points instead of taken in their
  /// middle: the mean becomes smooth, and the variance grows away from the data (Hutter et al.
  /// 2014, section 4.3.2).
  bool random_thresholds = true;
  /// Per feature the number of its categories, whose values in X are 0, 1, …; 0: its order means
  /// something. May be empty.
  std::vector<std::uint32_t> categories{};
};

/// A random forest for regression that also says how sure it is.
///
/// Breiman, "Random forests", Machine Learning 45, 2001; the variance by the law of total variance,
/// within the leaves and between the trees: Hutter, Xu, Hoos and Leyton-Brown, "Algorithm runtime
/// prediction", Artificial Intelligence 206, 2014, section 4.3.2. Categories are split into the two
/// subsets of least squared error (Fisher, JASA 53, 1958: consecutive in the order of means).
///
/// Every feature is sorted once, and nodes keep its order: fitting takes O(trees · features · n ·
/// depth).
class RandomForest {
 public:
  /// X: n points in rows, n ≥ 1; y: finite.
  static RandomForest fit(const Eigen::MatrixXd& X, const Eigen::VectorXd& y,
                          const RandomForestOptions& options, Random& random);
  /// To given samples: counts(i, t) says how often tree t sees point i; instead of options.trees
  /// and options.bootstrap.
  static RandomForest fit(const Eigen::MatrixXd& X, const Eigen::VectorXd& y,
                          const Eigen::MatrixXi& counts, const RandomForestOptions& options,
                          Random& random);

  /// `mean` and `variance` of the prediction at every row of X.
  void predict(const Eigen::MatrixXd& X, Eigen::VectorXd& mean, Eigen::VectorXd& variance) const;

  std::size_t trees() const { return roots_.size(); }

  /// The part of the unit cube that a leaf covers.
  struct Box {
    double value = 0;                             ///< the mean of the leaf
    std::vector<double> low{}, high{};            ///< by feature; 0 and 1 for categorical ones
    std::vector<std::vector<bool>> categories{};  ///< by feature: which; empty for ordered ones
  };
  /// The leaves of a tree, which part the unit cube.
  std::vector<Box> boxes(std::size_t tree) const;

 private:
  class Grower;
  struct Node {
    double value = 0;           // of a leaf: its mean; else the threshold: left is x ≤ value
    double variance = 0;        // of a leaf
    std::int32_t feature = -1;  // -1: a leaf
    std::uint32_t left = 0;     // right = left + 1
    // of a categorical feature: where in subsets_ the set of its left categories begins
    std::uint32_t subset = 0;
  };
  const Node& leaf(std::size_t tree, const double* x) const;

  std::vector<std::uint32_t> categories_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> roots_;
  std::vector<std::uint64_t> subsets_;  // bits, 64 categories a word
};

}  // namespace sherpa::algorithms
