#pragma once

#include <Eigen/Core>

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lcbench {

/// A network that knows the learning curves of real ones: YAHPO Gym's lcbench, in the form that
/// convert.py writes.
class Surrogate {
 public:
  static constexpr std::size_t inputs = 8;   ///< epoch, batch_size, learning_rate, momentum,
                                             ///< weight_decay, num_layers, max_units, max_dropout
  static constexpr std::size_t outputs = 6;  ///< time, val_accuracy, val_cross_entropy, …
  using Inputs = Eigen::Matrix<double, Eigen::Dynamic, inputs, Eigen::RowMajor>;
  using Outputs = Eigen::Matrix<double, Eigen::Dynamic, outputs>;

  /// Reads lcbench.json and lcbench.f32. Throws std::runtime_error naming the file.
  explicit Surrogate(const std::filesystem::path& directory);

  /// The code of a task of OpenML.
  int task(const std::string& id) const;
  std::vector<std::string> tasks() const;
  /// A row each.
  Outputs evaluate(int task, const Inputs& raw) const;

 private:
  struct Linear {
    Eigen::MatrixXd weight;  // transposed
    Eigen::RowVectorXd bias;
    Eigen::MatrixXd operator()(const Eigen::MatrixXd& x) const {
      return (x * weight).rowwise() + bias;
    }
  };
  struct Normalisation {
    Eigen::RowVectorXd scale, shift;
    Eigen::MatrixXd operator()(const Eigen::MatrixXd& x) const {
      return (x.array().rowwise() * scale.array()).rowwise() + shift.array();
    }
  };
  struct Block {
    Normalisation norm;
    Linear first, second;
  };
  struct Scaling {
    bool curved;  // the logarithm of an input, the exponential of an output
    double shift, scale;
  };

  std::map<std::string, int> tasks_;
  std::vector<Scaling> in_, out_;
  Eigen::MatrixXd embedding_;
  Linear first_, head_;
  std::vector<Block> blocks_;
  Normalisation last_;
};

/// The largest relative difference from reference.json: of the time, and of the other outputs.
std::array<double, 2> differences(const Surrogate& surrogate,
                                  const std::filesystem::path& directory);

}  // namespace lcbench
