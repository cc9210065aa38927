#include "problems.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace quality {

namespace {

using sherpa::Value;

Value value(const nlohmann::json& in) {
  if (in.is_boolean()) return in.get<bool>();
  if (in.is_number_integer()) return in.get<std::int64_t>();
  if (in.is_number()) return in.get<double>();
  return in.get<std::string>();
}

Problem table(const std::filesystem::path& path) {
  std::ifstream in(path);
  auto description = nlohmann::json::parse(in);
  Problem out{.name = description["name"].get<std::string>()};
  out.lower_is_better = description["direction"] == "minimize";
  std::vector<std::pair<std::string, std::vector<Value>>> axes;
  for (const auto& parameter : description["parameters"]) {
    std::vector<Value> values;
    for (const auto& one : parameter["values"]) values.push_back(value(one));
    auto name = parameter["name"].get<std::string>();
    axes.emplace_back(name, values);
    if (parameter["type"] == "ordinal") {
      out.parameters.push_back(sherpa::Ordinal{name, values});
    } else {
      out.parameters.push_back(sherpa::Choice{name, values});
    }
  }
  auto data = path;
  std::ifstream binary(data.replace_extension(".f32"), std::ios::binary);
  std::vector<char> bytes((std::istreambuf_iterator<char>(binary)),
                          std::istreambuf_iterator<char>());
  std::vector<float> raw(bytes.size() / sizeof(float));
  std::memcpy(raw.data(), bytes.data(), raw.size() * sizeof(float));
  const auto repeats = description["repeats"].get<std::size_t>();
  auto means = std::make_shared<std::vector<double>>(raw.size() / repeats);
  for (std::size_t i = 0; i < means->size(); ++i) {
    // A missing repeat is ignored, as by the authors of the table; without any the
    // configuration fails.
    double sum = 0, counted = 0;
    for (std::size_t r = 0; r < repeats; ++r)
      if (std::isfinite(raw[i * repeats + r])) sum += raw[i * repeats + r], ++counted;
    (*means)[i] = sum / counted;
  }
  out.objective = [axes, means](const sherpa::Configuration& configuration) {
    std::size_t index = 0;
    for (const auto& [name, values] : axes) {
      auto at = std::find(values.begin(), values.end(), configuration.at(name));
      if (at == values.end()) throw std::runtime_error(name + ": not in the table");
      index = index * values.size() + static_cast<std::size_t>(at - values.begin());
    }
    return (*means)[index];
  };
  out.regret = [optimum = description["optimum"].get<double>(),
                median = description["median"].get<double>()](double y) {
    return (y - optimum) / (median - optimum);
  };
  return out;
}

}  // namespace

std::vector<Problem> tables(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(directory))
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Problem> out;
  for (const auto& file : files) out.push_back(table(file));
  return out;
}

}  // namespace quality
