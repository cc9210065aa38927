#pragma once

#include "data.hpp"

#include <sherpa/random.hpp>

#include <Eigen/Core>

#include <cstdint>
#include <filesystem>
#include <string>

namespace digits {

/// The hyperparameters.
struct Hyperparameters {
  double learning_rate = 0.01;
  double decay = 1e-3;  // the rate is learning_rate / (1 + decay · steps)
  double momentum = 0.9;
  double dropout = 0;  // share of hidden units left out at every step
  int batch = 32;
  int units = 64;                   // hidden
  std::string activation = "relu";  // or tanh, sigmoid
};

/// A network with one hidden layer and a softmax on top, trained by mini-batch stochastic gradient
/// descent with momentum on the cross-entropy.
class Network {
 public:
  Network(const Hyperparameters& hyperparameters, std::uint64_t seed);

  /// One pass over the training images, in random order; returns the mean cross-entropy.
  double train(const Images& images);
  /// The share of images that it classifies correctly.
  double accuracy(const Images& images) const;

  /// The state from which training resumes.
  void save(const std::filesystem::path& file) const;
  /// Throws std::runtime_error when the file is not a checkpoint of such a network.
  void load(const std::filesystem::path& file);
  int epochs() const { return epochs_; }

 private:
  struct Layer {
    Eigen::MatrixXf weights, weight_speed;
    Eigen::VectorXf bias, bias_speed;
    void step(const Eigen::MatrixXf& weight_gradient, const Eigen::VectorXf& bias_gradient,
              float rate, float momentum);
  };
  Eigen::MatrixXf activate(const Eigen::MatrixXf& x) const;
  Eigen::MatrixXf slope(const Eigen::MatrixXf& activated) const;
  Eigen::MatrixXf probabilities(const Eigen::MatrixXf& hidden) const;

  Hyperparameters hyperparameters_;
  std::uint64_t seed_;
  Layer first_, second_;
  std::int64_t steps_ = 0;
  int epochs_ = 0;
};

}  // namespace digits
