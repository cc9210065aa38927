#include "surrogate.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

namespace lcbench {

namespace {

using Json = nlohmann::json;
constexpr double epsilon_of_logs =
    1e-12;  // in the graph, before a logarithm and after an exponential

Json read_json(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return Json::parse(in);
}

/// The numbers by name.
class Tensors {
 public:
  Tensors(const Json& list, const std::filesystem::path& file) : list_(list), file_(file) {
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    numbers_.resize(static_cast<std::size_t>(in.tellg()) / sizeof(float));
    in.seekg(0);
    in.read(reinterpret_cast<char*>(numbers_.data()),
            static_cast<std::streamsize>(numbers_.size() * sizeof(float)));
    if (!in) throw std::runtime_error("cannot read " + file.string());
  }

  bool has(const std::string& name) const {
    return std::any_of(list_.begin(), list_.end(),
                       [&](const Json& one) { return one.at("name") == name; });
  }
  Eigen::MatrixXd operator()(const std::string& name) const {
    for (const auto& one : list_) {
      if (one.at("name") != name) continue;
      auto shape = one.at("shape").get<std::vector<Eigen::Index>>();
      auto at = one.at("at").get<std::size_t>();
      const Eigen::Index rows = shape.size() == 2 ? shape[0] : 1, columns = shape.back();
      if (at + static_cast<std::size_t>(rows * columns) > numbers_.size())
        throw std::runtime_error(file_.string() + " is too short");
      using Stored = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
      return Eigen::Map<const Stored>(numbers_.data() + at, rows, columns).cast<double>();
    }
    throw std::runtime_error(file_.string() + " has no " + name);
  }

 private:
  const Json& list_;
  std::filesystem::path file_;
  std::vector<float> numbers_;
};

}  // namespace

Surrogate::Surrogate(const std::filesystem::path& directory) {
  const auto json = read_json(directory / "lcbench.json");
  const Tensors tensors(json.at("tensors"), directory / "lcbench.f32");
  tasks_ = json.at("tasks").get<std::map<std::string, int>>();
  for (const auto& one : json.at("inputs"))
    in_.push_back({one.at("log"), one.at("shift"), one.at("scale")});
  for (const auto& one : json.at("outputs"))
    out_.push_back({one.at("exp"), one.at("shift"), one.at("scale")});
  if (in_.size() != inputs || out_.size() != outputs)
    throw std::runtime_error("lcbench.json has other inputs and outputs");

  auto linear = [&](const std::string& name) {
    return Linear{tensors(name + ".weight").transpose(), tensors(name + ".bias")};
  };
  const double epsilon = json.at("epsilon");
  auto normalisation = [&](const std::string& name) {
    const Eigen::RowVectorXd mean = tensors(name + ".running_mean"),
                             variance = tensors(name + ".running_var");
    const Eigen::RowVectorXd weight = tensors(name + ".weight"), bias = tensors(name + ".bias");
    Normalisation made;
    made.scale = weight.array() / (variance.array() + epsilon).sqrt();
    made.shift = bias.array() - mean.array() * made.scale.array();
    return made;
  };
  embedding_ = tensors("embds_fct.0.weight");
  first_ = linear("first_layer");
  for (int i = 0; tensors.has("layers." + std::to_string(i) + ".norm.weight"); ++i) {
    auto name = "layers." + std::to_string(i) + ".";
    blocks_.push_back(
        {normalisation(name + "norm"), linear(name + "linear0"), linear(name + "linear1")});
  }
  last_ = normalisation("last_normalization");
  head_ = linear("head");
}

int Surrogate::task(const std::string& id) const {
  auto at = tasks_.find(id);
  if (at == tasks_.end()) throw std::runtime_error("there is no task " + id);
  return at->second;
}

std::vector<std::string> Surrogate::tasks() const {
  std::vector<std::string> names;
  for (const auto& [name, code] : tasks_) names.push_back(name);
  return names;
}

Surrogate::Outputs Surrogate::evaluate(int task, const Inputs& raw) const {
  Eigen::MatrixXd x(raw.rows(), embedding_.cols() + static_cast<Eigen::Index>(inputs));
  x.leftCols(embedding_.cols()).rowwise() = embedding_.row(task);
  for (std::size_t i = 0; i < inputs; ++i) {
    auto column = raw.col(static_cast<Eigen::Index>(i)).array();
    auto to = x.col(embedding_.cols() + static_cast<Eigen::Index>(i)).array();
    if (in_[i].curved) {
      to = ((column + epsilon_of_logs).log() - in_[i].shift) / in_[i].scale;
    } else {
      to = (column - in_[i].shift) / in_[i].scale;
    }
  }
  x = first_(x);
  for (const auto& block : blocks_) {
    const Eigen::MatrixXd both = block.first(block.norm(x));
    const Eigen::Index half = both.cols() / 2;
    const Eigen::MatrixXd gated = both.leftCols(half).array() * both.rightCols(half).array().max(0);
    x += block.second(gated);
  }
  x = head_(last_(x).cwiseMax(0));
  Outputs y = 1 / (1 + (-x.array()).exp());
  for (std::size_t i = 0; i < outputs; ++i) {
    auto column = y.col(static_cast<Eigen::Index>(i)).array();
    column = column * out_[i].scale + out_[i].shift;
    if (out_[i].curved) column = column.exp() - epsilon_of_logs;
  }
  return y;
}

std::array<double, 2> differences(const Surrogate& surrogate,
                                  const std::filesystem::path& directory) {
  const auto json = read_json(directory / "reference.json");
  std::array<double, 2> largest{};
  auto compare = [&](int task, const Surrogate::Inputs& row, const std::vector<double>& expected) {
    auto found = surrogate.evaluate(task, row);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      double difference =
          std::abs(found(0, static_cast<Eigen::Index>(i)) - expected[i]) / std::abs(expected[i]);
      auto& at = largest[i == 0 ? 0 : 1];
      at = std::max(at, difference);
    }
  };
  for (const auto& row : json.at("rows")) {
    auto values = row.at(1).get<std::vector<double>>();
    compare(row.at(0), Eigen::Map<const Surrogate::Inputs>(values.data(), 1, Surrogate::inputs),
            row.at(2).get<std::vector<double>>());
  }
  return largest;
}

}  // namespace lcbench
