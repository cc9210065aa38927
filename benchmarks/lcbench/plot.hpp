#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lcbench {

/// A line with a band around it, over a number of epochs spent.
struct Line {
  std::string name;
  std::vector<double> epochs, mean, deviation;
};

/// Draws lines with bands of two standard deviations as SVG. Throws std::runtime_error when it
/// cannot be written.
void plot(const std::filesystem::path& file, const std::string& title,
          const std::vector<Line>& lines);

}  // namespace lcbench
