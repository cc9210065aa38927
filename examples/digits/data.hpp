#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <string>

namespace digits {

/// Handwritten digits: one column of 64 pixels in [0, 1] for each, and its label, 0 to 9.
struct Images {
  Eigen::MatrixXf pixels;
  Eigen::VectorXi labels;

  Eigen::Index size() const { return labels.size(); }
};

struct Data {
  Images training;    // 1,297
  Images validation;  // 500
};

/// Reads digits.csv.gz (see examples/data/README.md), and shuffles it always in the same way.
/// Throws std::runtime_error, which names the file, the line and the fault.
Data load(const std::string& file);

}  // namespace digits
