#include "algorithms/bayesian/acquisition/acquisition_search.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace sherpa::algorithms {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A posterior with a known mean: the squared distance from a target.
class Known final : public Surrogate {
 public:
  Known(VectorXd target, bool differentiable)
      : target_(std::move(target)), differentiable_(differentiable) {}
  double best_mean(Index) const override { return 0; }
  void predict(const MatrixXd& points, Index, VectorXd& mean, VectorXd& variance) const override {
    mean = (points.rowwise() - target_.transpose()).rowwise().squaredNorm();
    variance = VectorXd::Ones(points.rows());
  }
  bool differentiable() const override { return differentiable_; }
  PointPosterior posterior_at(const VectorXd& point, Index) const override {
    return {(point - target_).squaredNorm(), 1, 2 * (point - target_),
            VectorXd::Zero(point.size())};
  }
  std::unique_ptr<Surrogate> fantasize(const MatrixXd&) const override { return nullptr; }

 private:
  VectorXd target_;
  bool differentiable_;
};

Point maximum(
    const std::vector<Parameter>& parameters, const VectorXd& target, bool differentiable,
    const std::function<bool(const Point&)>& allowed = [](const Point&) { return true; }) {
  const Known known(target, differentiable);
  const Acquisition acquisition(known, Criterion::mean, false, nullptr);
  const History history(*space::SearchSpace::make(parameters), true, {});
  Random random(3);
  return maximize(acquisition, history, MatrixXd(0, target.size()), random, allowed);
}

TEST(AcquisitionSearch, FindsTheMaximumWithAndWithoutGradients) {
  const std::vector<Parameter> cube{Continuous{"a", {0, 1}}, Continuous{"b", {0, 1}},
                                    Continuous{"c", {0, 1}}};
  const VectorXd target{{0.123, 0.5, 0.877}};
  const Point by_gradient = maximum(cube, target, true), by_steps = maximum(cube, target, false);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(by_gradient[i], target[static_cast<Index>(i)], 1e-3);
    EXPECT_NEAR(by_steps[i], target[static_cast<Index>(i)], 0.1);
  }
}

TEST(AcquisitionSearch, FindsAMaximumOnTheBoundary) {
  const Point found =
      maximum({Continuous{"a", {0, 1}}, Continuous{"b", {0, 1}}}, VectorXd{{-0.5, 1.5}}, true);
  EXPECT_EQ(found, (Point{0, 1}));
}

TEST(AcquisitionSearch, FindsTheLevelsOfDiscreteParameters) {
  const std::vector<Parameter> mixed{Ordinal{"o", {1, 2, 3, 4, 5}}, Choice{"c", {"x", "y", "z"}},
                                     Discrete{"n", {1, 1000}}, Continuous{"a", {0, 1}}};
  const VectorXd target{{0.7, 0.5, 0.3005, 0.2}};
  const Point found = maximum(mixed, target, true);
  EXPECT_DOUBLE_EQ(found[0], 0.7);  // the fourth of five
  EXPECT_DOUBLE_EQ(found[1], 0.5);  // the second of three
  EXPECT_NEAR(found[2], 0.3005, 1.5e-3);
  EXPECT_NEAR(found[3], 0.2, 1e-3);
}

TEST(AcquisitionSearch, ReturnsTheBestPointThatIsAllowed) {
  const std::vector<Parameter> choices{Choice{"c", {"x", "y", "z"}}};
  const VectorXd target{{0.5}};
  EXPECT_EQ(maximum(choices, target, true), Point{0.5});
  EXPECT_NE(maximum(choices, target, true, [](const Point& p) { return p[0] != 0.5; }), Point{0.5});
  EXPECT_TRUE(maximum(choices, target, true, [](const Point&) { return false; }).empty());
}

}  // namespace
}  // namespace sherpa::algorithms
