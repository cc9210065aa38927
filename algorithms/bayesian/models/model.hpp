#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/bayesian/models/kernel.hpp"

#include <sherpa/bayesian_optimization.hpp>
#include <sherpa/random.hpp>

#include <Eigen/Core>

#include <memory>

namespace sherpa::algorithms {

/// The posterior of a surrogate model: a normal distribution of the objective, on the model's own
/// scale, at every point of the unit cube. A model that samples its hyperparameters has several
/// members, which are equally likely; the others have one.
class Surrogate {
 public:
  virtual ~Surrogate() = default;
  virtual Eigen::Index members() const { return 1; }
  /// The lowest posterior mean of a member over the data and the fantasized points.
  virtual double best_mean(Eigen::Index member) const = 0;
  /// Posterior means and variances of a member at points in rows.
  virtual void predict(const Eigen::MatrixXd& points, Eigen::Index member, Eigen::VectorXd& mean,
                       Eigen::VectorXd& variance) const = 0;
  /// Whether `posterior_at` returns gradients; else they are zero.
  virtual bool differentiable() const { return true; }
  virtual PointPosterior posterior_at(const Eigen::VectorXd& point, Eigen::Index member) const = 0;
  /// A copy conditioned on its own predictions at `points`, which stand for pending trials:
  /// Ginsbourger, Le Riche and Carraro, "Kriging is well-suited to parallelize optimization", 2010
  /// (the "kriging believer"). Null when the model cannot do it; penalize locally instead.
  virtual std::unique_ptr<Surrogate> fantasize(const Eigen::MatrixXd& points) const = 0;
};

/// A surrogate model that is fitted to results. Points are rows in the unit cube; objectives are
/// any finite numbers.
///
///     model->fit_hyperparameters(points, objectives, true, random);  // O(n³), now and then
///     model->condition(points, objectives, random);                  // the posterior given n data
///     model->extend(more_points, more_objectives);                   // O(n²) for each more
class Model : public Surrogate {
 public:
  /// Fits the hyperparameters to the data. `from_scratch` begins at the prior; otherwise the search
  /// begins where the last fit from scratch ended.
  virtual void fit_hyperparameters(const Eigen::MatrixXd& points, const Eigen::VectorXd& objectives,
                                   bool from_scratch, Random& random) = 0;
  /// Replaces the data, keeping the hyperparameters.
  virtual void condition(const Eigen::MatrixXd& points, const Eigen::VectorXd& objectives,
                         Random& random) = 0;
  /// Adds data, keeping the hyperparameters. Adding them one by one or all together gives the same
  /// model, to the last bit.
  virtual void extend(const Eigen::MatrixXd& points, const Eigen::VectorXd& objectives) = 0;
};

/// `sample_hyperparameters`: one member for each sample of the hyperparameters (for each tree of a
/// forest), instead of a single one.
std::unique_ptr<Model> make_model(ModelType type, bool sample_hyperparameters,
                                  const space::SearchSpace& space);

/// A model of the probability that a trial fails, for objectives that are 0 (measured) or 1
/// (failed).
std::unique_ptr<Model> make_failure_model(const space::SearchSpace& space);

struct GpModelOptions {
  GpStructure gp;
  int samples = 0;                   ///< of the hyperparameters; 0: their most probable values
  Eigen::Index exact_up_to = 1'500;  ///< data; with more, a sparse process
};
std::unique_ptr<Model> make_gp_model(GpModelOptions options);
std::unique_ptr<Model> make_forest_model(const space::SearchSpace& space,
                                         bool sample_hyperparameters);

}  // namespace sherpa::algorithms
