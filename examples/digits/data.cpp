#include "data.hpp"

#include <sherpa/random.hpp>

#include <zlib.h>

#include <charconv>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace digits {

namespace {

constexpr int pixels = 64;
constexpr std::size_t for_validation = 500;

std::vector<std::string> read_lines(const std::string& file) {
  std::unique_ptr<gzFile_s, int (*)(gzFile)> in(gzopen(file.c_str(), "rb"), gzclose);
  if (!in) throw std::runtime_error("cannot open " + file);
  std::vector<std::string> lines;
  char line[512];
  while (gzgets(in.get(), line, sizeof line)) lines.emplace_back(line);
  int error = Z_OK;
  const char* what = gzerror(in.get(), &error);
  if (error != Z_OK && error != Z_STREAM_END)
    throw std::runtime_error(file + " is damaged: " + what);
  return lines;
}

std::vector<int> parse(const std::string& line, const std::string& where) {
  std::vector<int> numbers;
  const char* at = line.data();
  const char* end = at + line.size();
  while (at < end && *at != '\n' && *at != '\r') {
    int number = 0;
    auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) throw std::runtime_error(where + ": a number was expected");
    numbers.push_back(number);
    at = next < end && *next == ',' ? next + 1 : next;
    if (next < end && *next != ',' && *next != '\n' && *next != '\r')
      throw std::runtime_error(where + ": a comma was expected");
  }
  if (numbers.size() != pixels + 1)
    throw std::runtime_error(where + ": 64 pixels and a digit were expected");
  for (int i = 0; i < pixels; ++i)
    if (numbers[static_cast<std::size_t>(i)] < 0 || numbers[static_cast<std::size_t>(i)] > 16)
      throw std::runtime_error(where + ": a pixel is not between 0 and 16");
  if (numbers.back() < 0 || numbers.back() > 9)
    throw std::runtime_error(where + ": the digit is not between 0 and 9");
  return numbers;
}

Images images(const std::vector<std::vector<int>>& rows, std::size_t from, std::size_t to) {
  Images out;
  auto n = static_cast<Eigen::Index>(to - from);
  out.pixels.resize(pixels, n);
  out.labels.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto& row = rows[from + static_cast<std::size_t>(i)];
    for (int p = 0; p < pixels; ++p)
      out.pixels(p, i) = static_cast<float>(row[static_cast<std::size_t>(p)]) / 16.0f;
    out.labels(i) = row.back();
  }
  return out;
}

}  // namespace

Data load(const std::string& file) {
  auto lines = read_lines(file);
  std::vector<std::vector<int>> rows;
  for (std::size_t i = 0; i < lines.size(); ++i)
    rows.push_back(parse(lines[i], file + ", line " + std::to_string(i + 1)));
  if (rows.size() <= for_validation)
    throw std::runtime_error(file + " holds only " + std::to_string(rows.size()) + " digits");
  // The digits are sorted by writer; both sets should have all writers.
  sherpa::Random random(1998);
  for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.below(i)]);
  return {images(rows, for_validation, rows.size()), images(rows, 0, for_validation)};
}

}  // namespace digits
