#include "network.hpp"

#include <cmath>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

namespace digits {

namespace {

constexpr int classes = 10;

Eigen::MatrixXf random_matrix(Eigen::Index rows, Eigen::Index columns, double spread,
                              sherpa::Random& random) {
  Eigen::MatrixXf m(rows, columns);
  for (Eigen::Index i = 0; i < m.size(); ++i)
    m.data()[i] = static_cast<float>(spread * random.normal());
  return m;
}

}  // namespace

void Network::Layer::step(const Eigen::MatrixXf& weight_gradient,
                          const Eigen::VectorXf& bias_gradient, float rate, float momentum) {
  weight_speed = momentum * weight_speed - rate * weight_gradient;
  bias_speed = momentum * bias_speed - rate * bias_gradient;
  weights += weight_speed;
  bias += bias_speed;
}

Network::Network(const Hyperparameters& h, std::uint64_t seed) : hyperparameters_(h), seed_(seed) {
  sherpa::Random random(seed);
  constexpr Eigen::Index inputs = 64;
  // He et al. (2015) for relu, Glorot and Bengio (2010) for the others.
  double gain = h.activation == "relu" ? 2.0 : 1.0;
  auto layer = [&](Eigen::Index out, Eigen::Index in, double spread) {
    return Layer{random_matrix(out, in, spread, random), Eigen::MatrixXf::Zero(out, in),
                 Eigen::VectorXf::Zero(out), Eigen::VectorXf::Zero(out)};
  };
  first_ = layer(h.units, inputs, std::sqrt(gain / static_cast<double>(inputs)));
  second_ = layer(classes, h.units, std::sqrt(1.0 / h.units));
}

Eigen::MatrixXf Network::activate(const Eigen::MatrixXf& x) const {
  if (hyperparameters_.activation == "relu") return x.cwiseMax(0.0f);
  if (hyperparameters_.activation == "tanh") return x.array().tanh();
  return 1.0f / (1.0f + (-x.array()).exp());
}

Eigen::MatrixXf Network::slope(const Eigen::MatrixXf& y) const {
  if (hyperparameters_.activation == "relu") return (y.array() > 0.0f).cast<float>();
  if (hyperparameters_.activation == "tanh") return 1.0f - y.array().square();
  return y.array() * (1.0f - y.array());
}

Eigen::MatrixXf Network::probabilities(const Eigen::MatrixXf& hidden) const {
  Eigen::MatrixXf scores = (second_.weights * hidden).colwise() + second_.bias;
  scores.rowwise() -= scores.colwise().maxCoeff().eval();
  scores = scores.array().exp();
  scores.array().rowwise() /= scores.colwise().sum().eval().array();
  return scores;
}

double Network::train(const Images& images) {
  const auto n = images.size();
  sherpa::Random random(
      seed_,
      static_cast<std::uint64_t>(
          ++epochs_));  // one stream per epoch, so that a resumed training repeats itself
  std::vector<Eigen::Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);

  const auto keep = static_cast<float>(1 - hyperparameters_.dropout);
  double loss = 0;
  for (Eigen::Index from = 0; from < n; from += hyperparameters_.batch) {
    const auto size = std::min<Eigen::Index>(hyperparameters_.batch, n - from);
    Eigen::MatrixXf x(images.pixels.rows(), size);
    Eigen::VectorXi labels(size);
    for (Eigen::Index i = 0; i < size; ++i) {
      x.col(i) = images.pixels.col(order[static_cast<std::size_t>(from + i)]);
      labels(i) = images.labels(order[static_cast<std::size_t>(from + i)]);
    }
    Eigen::MatrixXf hidden = activate((first_.weights * x).colwise() + first_.bias);
    Eigen::MatrixXf passes = slope(hidden);
    if (keep < 1) {
      for (Eigen::Index i = 0; i < hidden.size(); ++i) {
        float factor = random.uniform() < keep ? 1 / keep : 0;
        hidden.data()[i] *= factor;
        passes.data()[i] *= factor;
      }
    }
    Eigen::MatrixXf error = probabilities(hidden);
    for (Eigen::Index i = 0; i < size; ++i) {
      loss -= std::log(std::max(1e-12f, error(labels(i), i)));
      error(labels(i), i) -= 1;
    }
    error /= static_cast<float>(size);
    Eigen::MatrixXf back = (second_.weights.transpose() * error).cwiseProduct(passes);

    auto rate = static_cast<float>(hyperparameters_.learning_rate /
                                   (1 + hyperparameters_.decay * static_cast<double>(steps_++)));
    auto momentum = static_cast<float>(hyperparameters_.momentum);
    second_.step(error * hidden.transpose(), error.rowwise().sum(), rate, momentum);
    first_.step(back * x.transpose(), back.rowwise().sum(), rate, momentum);
  }
  return loss / static_cast<double>(n);
}

double Network::accuracy(const Images& images) const {
  Eigen::MatrixXf hidden = activate((first_.weights * images.pixels).colwise() + first_.bias);
  Eigen::MatrixXf scores = (second_.weights * hidden).colwise() + second_.bias;
  Eigen::Index right = 0;
  for (Eigen::Index i = 0; i < images.size(); ++i) {
    Eigen::Index best = 0;
    scores.col(i).maxCoeff(&best);
    if (best == images.labels(i)) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(images.size());
}

void Network::save(const std::filesystem::path& file) const {
  auto fresh = file;
  fresh += ".new";
  {
    std::ofstream out(fresh, std::ios::binary);
    auto put = [&](const void* data, std::size_t size) {
      out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    };
    put(&epochs_, sizeof epochs_);
    put(&steps_, sizeof steps_);
    for (const Layer* layer : {&first_, &second_}) {
      for (const auto* m : {&layer->weights, &layer->weight_speed})
        put(m->data(), sizeof(float) * static_cast<std::size_t>(m->size()));
      for (const auto* v : {&layer->bias, &layer->bias_speed})
        put(v->data(), sizeof(float) * static_cast<std::size_t>(v->size()));
    }
    if (!out.flush()) throw std::runtime_error("cannot write " + fresh.string());
  }
  std::filesystem::rename(fresh, file);
}

void Network::load(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  auto get = [&](void* data, std::size_t size) {
    in.read(static_cast<char*>(data), static_cast<std::streamsize>(size));
  };
  get(&epochs_, sizeof epochs_);
  get(&steps_, sizeof steps_);
  for (Layer* layer : {&first_, &second_}) {
    for (auto* m : {&layer->weights, &layer->weight_speed})
      get(m->data(), sizeof(float) * static_cast<std::size_t>(m->size()));
    for (auto* v : {&layer->bias, &layer->bias_speed})
      get(v->data(), sizeof(float) * static_cast<std::size_t>(v->size()));
  }
  if (!in || in.peek() != std::ifstream::traits_type::eof())
    throw std::runtime_error(file.string() + " is no network of this shape");
}

}  // namespace digits
