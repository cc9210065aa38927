#include "plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <stdexcept>

namespace lcbench {

namespace {

constexpr double width = 860, height = 480, left = 60, right = 190, top = 40, bottom = 50;
// Okabe and Ito's colours, which people tell apart who see few.
constexpr std::array<const char*, 7> colours{"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                             "#E69F00", "#56B4E9", "#444444"};

struct Range {
  double low, high;
};

}  // namespace

void plot(const std::filesystem::path& file, const std::string& title,
          const std::vector<Line>& lines) {
  Range x{0, 0}, y{100, 0};
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.epochs.size(); ++i) {
      x.high = std::max(x.high, line.epochs[i]);
      if (line.epochs[i] < 100) continue;  // the first epochs would take all the room
      y.low = std::min(y.low, line.mean[i] - 2 * line.deviation[i]);
      y.high = std::max(y.high, line.mean[i] + 2 * line.deviation[i]);
    }
  y = {std::floor(y.low), std::ceil(y.high)};
  auto at_x = [&](double v) {
    return left + (v - x.low) / (x.high - x.low) * (width - left - right);
  };
  auto at_y = [&](double v) {
    return height - bottom -
           (std::clamp(v, y.low, y.high) - y.low) / (y.high - y.low) * (height - top - bottom);
  };

  std::ofstream out(file);
  out.precision(5);
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << ' ' << height
      << "\" font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" "
         "fill=\"white\"/>\n"
      << "<text x=\"" << left << "\" y=\"24\" font-size=\"15\">" << title << "</text>\n";
  for (double v = y.low; v <= y.high; v += y.high - y.low > 8 ? 2 : 1)
    out << "<path d=\"M" << left << ' ' << at_y(v) << "H" << width - right
        << "\" stroke=\"#ddd\"/><text x=\"" << left - 8 << "\" y=\"" << at_y(v) + 4
        << "\" text-anchor=\"end\">" << v << "</text>\n";
  for (double v = 0; v <= x.high; v += 500)
    out << "<text x=\"" << at_x(v) << "\" y=\"" << height - bottom + 18
        << "\" text-anchor=\"middle\">" << v << "</text>\n";
  out << "<text x=\"" << (left + width - right) / 2 << "\" y=\"" << height - 12
      << "\" text-anchor=\"middle\">epochs spent, in all</text>\n<text transform=\"translate(16 "
      << (top + height - bottom) / 2
      << ") rotate(-90)\" text-anchor=\"middle\">best validation accuracy so far, %</text>\n";
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const Line& line = lines[n];
    const char* colour = colours[n % colours.size()];
    out << "<path fill=\"" << colour << "\" fill-opacity=\"0.15\" d=\"M";
    for (std::size_t i = 0; i < line.epochs.size(); ++i)
      out << (i ? "L" : "") << at_x(line.epochs[i]) << ' '
          << at_y(line.mean[i] + 2 * line.deviation[i]);
    for (std::size_t i = line.epochs.size(); i-- > 0;)
      out << "L" << at_x(line.epochs[i]) << ' ' << at_y(line.mean[i] - 2 * line.deviation[i]);
    out << "Z\"/>\n<path fill=\"none\" stroke-width=\"2\" stroke=\"" << colour << "\" d=\"M";
    for (std::size_t i = 0; i < line.epochs.size(); ++i)
      out << (i ? "L" : "") << at_x(line.epochs[i]) << ' ' << at_y(line.mean[i]);
    const double row = top + 14 + 22 * static_cast<double>(n);
    out << "\"/>\n<path stroke-width=\"3\" stroke=\"" << colour << "\" d=\"M" << width - right + 14
        << ' ' << row - 4 << "h20\"/><text x=\"" << width - right + 40 << "\" y=\"" << row << "\">"
        << line.name << "</text>\n";
  }
  out << "</svg>\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace lcbench
