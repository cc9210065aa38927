#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/bayesian/models/kernel.hpp"

#include <sherpa/bayesian_optimization.hpp>
#include <sherpa/random.hpp>

#include <Eigen/Core>

#include <memory>

namespace sherpa::algorithms {

/// What a model expects of the objective, on its own scale: a normal distribution at every point,
/// or several equally likely ones.
class Surrogate {
 public:
  virtual ~Surrogate() = default;
  virtual Eigen::Index members() const { return 1; }
  /// The lowest mean over the data, and over what is believed.
  virtual double best(Eigen::Index member) const = 0;
  virtual void predict(const Eigen::MatrixXd& points, Eigen::Index member, Eigen::VectorXd& mean,
                       Eigen::VectorXd& variance) const = 0;
  /// Whether `at` can be asked.
  virtual bool differentiable() const { return true; }
  virtual Moments at(const Eigen::VectorXd& point, Eigen::Index member) const = 0;
  /// A copy that believes what it expects of these points; null where the model can only be kept
  /// away from them.
  virtual std::unique_ptr<Surrogate> fantasize(const Eigen::MatrixXd& points) const = 0;
};

/// A surrogate that learns. Points are rows in the unit cube; objectives are any finite numbers.
class Model : public Surrogate {
 public:
  /// Learns the hyperparameters anew: `afresh`, as if there had been none, or from where they were
  /// when that was done last.
  virtual void tune(const Eigen::MatrixXd& points, const Eigen::VectorXd& objectives, bool afresh,
                    Random& random) = 0;
  /// Knows these data, with the hyperparameters as they were last tuned.
  virtual void condition(const Eigen::MatrixXd& points, const Eigen::VectorXd& objectives,
                         Random& random) = 0;
  /// More trials, with the hyperparameters as they are. The same whether they come one by one or
  /// all together.
  virtual void extend(const Eigen::MatrixXd& points, const Eigen::VectorXd& objectives) = 0;
};

/// `draws`: several distributions, for as many draws of the hyperparameters (the trees of a
/// forest).
std::unique_ptr<Model> make_model(ModelType type, bool draws, const space::SearchSpace& space);

/// For data that are 0 or 1.
std::unique_ptr<Model> make_failure_model(const space::SearchSpace& space);

struct GpModelOptions {
  GpKind kind;
  int draws = 0;                     ///< of the hyperparameters; 0: only their most probable values
  Eigen::Index exact_up_to = 1'500;  ///< data; beyond, by inducing points
};
std::unique_ptr<Model> make_gp_model(GpModelOptions options);
std::unique_ptr<Model> make_forest_model(const space::SearchSpace& space, bool draws);

}  // namespace sherpa::algorithms
