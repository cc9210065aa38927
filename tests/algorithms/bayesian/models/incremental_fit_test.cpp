#include "algorithms/bayesian/models/incremental_fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace sherpa::algorithms {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::ElementsAre;

/// Writes down what is asked of it: "F" fit from scratch, "f" fit, "c" condition, "e" extend, with
/// the number of data.
class Recorder final : public Model {
 public:
  explicit Recorder(std::vector<std::string>& calls) : calls_(calls) {}
  void fit_hyperparameters(const MatrixXd& points, const VectorXd&, bool from_scratch,
                           Random&) override {
    note(from_scratch ? "F" : "f", points);
  }
  void condition(const MatrixXd& points, const VectorXd&, Random&) override { note("c", points); }
  void extend(const MatrixXd& points, const VectorXd&) override { note("e", points); }
  double best_mean(Eigen::Index) const override { return 0; }
  void predict(const MatrixXd&, Eigen::Index, VectorXd&, VectorXd&) const override {}
  PointPosterior posterior_at(const VectorXd&, Eigen::Index) const override { return {}; }
  std::unique_ptr<Surrogate> fantasize(const MatrixXd&) const override { return nullptr; }

 private:
  void note(const std::string& what, const MatrixXd& points) {
    calls_.push_back(what + std::to_string(points.rows()));
  }
  std::vector<std::string>& calls_;
};

/// The calls for data that arrive in these numbers, asking for the model after each.
std::vector<std::string> calls_for(const std::vector<int>& arrivals) {
  std::vector<std::string> calls;
  IncrementalFit fit(std::make_unique<Recorder>(calls));
  for (int arrival : arrivals) {
    for (int i = 0; i < arrival; ++i) fit.add({0.5}, 1.0);
    fit.model(7);
  }
  return calls;
}

TEST(IncrementalFit, FitsAfterEachOfTheFirstData) {
  EXPECT_THAT(calls_for({1, 1, 1}), ElementsAre("F1", "c1", "F2", "c2", "f3", "c3"));
}

TEST(IncrementalFit, FitsFromScratchAtTheLastPowerOfTwoAloneWhenItIsAskedLate) {
  EXPECT_THAT(calls_for({40}), ElementsAre("F32", "f40", "c40"));
  EXPECT_THAT(calls_for({64}), ElementsAre("F64", "c64"));
}

TEST(IncrementalFit, ExtendsBetweenFits) {
  // After 100 data a fit is due at multiples of 5: of 101 and 102 none is.
  EXPECT_THAT(calls_for({100, 1, 1}), ElementsAre("F64", "f100", "c100", "e1", "e1"));
  EXPECT_THAT(calls_for({102}), ElementsAre("F64", "f100", "c100", "e2"));
}

TEST(IncrementalFit, DoesNothingWithoutNewData) {
  EXPECT_THAT(calls_for({2, 0}), ElementsAre("F2", "c2"));
}

}  // namespace
}  // namespace sherpa::algorithms
