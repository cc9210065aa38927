#include "problems.hpp"

#include "core/space/search_space.hpp"

#include <sherpa/random.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace quality {

namespace {

using sherpa::Configuration;
using sherpa::Random;
using Vector = std::vector<double>;
using Function = std::function<double(const Vector&)>;
constexpr double pi = std::numbers::pi;

double square(double x) { return x * x; }
double log_uniform(Random& random, double low, double high) {
  return std::exp(random.uniform(std::log(low), std::log(high)));
}

/// A function on the unit cube. Where its lowest value is not known from its making, a search finds
/// it.
struct Drawn {
  std::string kind;
  std::size_t d = 0;
  Function f;
  std::vector<Vector> near_minimum{};  // starts for that search; empty: the minimum is 0
  bool stepped = false;                // flat in places
};

Vector random_point(Random& random, std::size_t d) {
  Vector x(d);
  for (double& xi : x) xi = random.uniform();
  return x;
}

/// The best of random points.
std::vector<Vector> best_of_random(const Drawn& drawn, Random& random) {
  std::vector<Vector> points;
  for (int i = 0; i < 3000; ++i) points.push_back(random_point(random, drawn.d));
  std::partial_sort(points.begin(), points.begin() + 20, points.end(),
                    [&](const Vector& a, const Vector& b) { return drawn.f(a) < drawn.f(b); });
  points.resize(20);
  return points;
}

/// x − x₀, perhaps turned.
class Frame {
 public:
  Frame(Random& random, std::size_t d, bool turned) : centre_(d), axes_(d, Vector(d, 0)) {
    for (double& c : centre_) c = random.uniform(0.1, 0.9);
    for (std::size_t i = 0; i < d; ++i) {
      axes_[i][i] = 1;
      if (!turned) continue;
      for (double& a : axes_[i]) a = random.normal();
      for (std::size_t j = 0; j < i; ++j) {
        double along = 0;
        for (std::size_t k = 0; k < d; ++k) along += axes_[i][k] * axes_[j][k];
        for (std::size_t k = 0; k < d; ++k) axes_[i][k] -= along * axes_[j][k];
      }
      double length = 0;
      for (double a : axes_[i]) length += a * a;
      for (double& a : axes_[i]) a /= std::sqrt(length);
    }
  }
  Vector operator()(const Vector& x) const {
    Vector z(x.size(), 0);
    for (std::size_t i = 0; i < z.size(); ++i)
      for (std::size_t k = 0; k < z.size(); ++k) z[i] += axes_[i][k] * (x[k] - centre_[k]);
    return z;
  }

 private:
  Vector centre_;
  std::vector<Vector> axes_;
};

/// Axes of unlike weight, the largest 1.
Vector weights(Random& random, std::size_t d, double condition) {
  Vector out(d);
  for (double& w : out) w = std::pow(condition, -random.uniform());
  return out;
}

double weighted(const Vector& z, const Vector& w) {
  double sum = 0;
  for (std::size_t i = 0; i < z.size(); ++i) sum += w[i] * z[i] * z[i];
  return sum;
}

Drawn bowl(Random& random, std::size_t d) {
  Frame frame(random, d, random.chance(0.5));
  Vector w = weights(random, d, log_uniform(random, 1, 1e4));
  double power = std::array{0.5, 1.0, 1.0, 2.0}[random.below(4)];
  return {"bowl", d, [=](const Vector& x) { return std::pow(weighted(frame(x), w), power); }};
}

/// A bowl with a cosine along each axis.
Drawn ripples(Random& random, std::size_t d) {
  Frame frame(random, d, random.chance(0.5));
  Vector w = weights(random, d, log_uniform(random, 1, 10));
  double waves = random.uniform(2, 12), height = log_uniform(random, 0.003, 0.3);
  return {"ripples", d, [=](const Vector& x) {
            Vector z = frame(x);
            double sum = weighted(z, w);
            for (double zi : z)
              sum += height * (1 - std::cos(2 * pi * waves * zi)) / static_cast<double>(z.size());
            return sum;
          }};
}

/// A plain with a pointed funnel, rippled: far away all is much the same.
Drawn funnel(Random& random, std::size_t d) {
  Frame frame(random, d, random.chance(0.5));
  double steep = random.uniform(2, 8), waves = random.uniform(2, 30),
         height = random.uniform(0, 0.15);
  return {"funnel", d, [=](const Vector& x) {
            Vector z = frame(x);
            const auto n = static_cast<double>(z.size());
            double cosines = 0;
            for (double zi : z) cosines += std::cos(2 * pi * waves * zi) / n;
            return 1 - std::exp(-steep * std::sqrt(weighted(z, Vector(z.size(), 1)) / n)) +
                   height * (std::numbers::e - std::exp(cosines));
          }};
}

/// A bent valley.
Drawn valley(Random& random, std::size_t d) {
  Frame frame(random, d, random.chance(0.3));
  double walls = log_uniform(random, 10, 1e4), stretch = random.uniform(1, 5);
  double bend = random.uniform(0.5, 2);
  return {"valley", d, [=](const Vector& x) {
            Vector z = frame(x);
            double sum = 0;
            for (double& zi : z) zi *= stretch;
            for (std::size_t i = 0; i + 1 < z.size(); ++i)
              sum += walls * square(z[i + 1] - bend * (square(z[i] + 1) - 1)) + square(z[i]);
            return sum;
          }};
}

/// Several wells of unlike width and depth, in a plain or in a slope.
Drawn wells(Random& random, std::size_t d) {
  struct Well {
    Vector at, narrow;
    double depth;
  };
  std::vector<Well> all(4 + random.below(8));
  bool pointed = random.chance(0.5);
  Drawn out{"wells", d, {}, {}};
  for (auto& well : all) {
    double width = random.uniform(0.1, 0.35);
    well.depth = random.uniform(0.3, 1);
    for (std::size_t i = 0; i < d; ++i) {
      well.at.push_back(random.uniform());
      well.narrow.push_back(1 / square(width * log_uniform(random, 0.6, 1.7)));
    }
    out.near_minimum.push_back(well.at);
  }
  out.f = [=](const Vector& x) {
    double sum = 0;
    for (const auto& well : all) {
      double distance = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        distance += well.narrow[i] * square(x[i] - well.at[i]);
      sum -= well.depth * (pointed ? 1 / (1 + 2 * distance) : std::exp(-distance / 2));
    }
    return sum;
  };
  return out;
}

/// Draws of a Gaussian process with the Matérn 5/2 kernel, by random Fourier features; of some the
/// exponential.
Drawn process(Random& random, std::size_t d) {
  constexpr std::size_t many = 300;
  Vector scales(d);
  for (double& s : scales) s = log_uniform(random, 0.12, 0.6) * std::sqrt(static_cast<double>(d));
  std::vector<Vector> frequencies(many, Vector(d));
  Vector phases(many);
  for (std::size_t k = 0; k < many; ++k) {
    double chi = 0;
    for (int i = 0; i < 5; ++i) chi += square(random.normal());
    for (std::size_t i = 0; i < d; ++i)
      frequencies[k][i] = random.normal() / scales[i] / std::sqrt(chi / 5);
    phases[k] = random.uniform(0, 2 * pi);
  }
  const bool heavy = random.chance(0.3);
  Drawn out{"process",
            d,
            [=](const Vector& x) {
              double sum = 0;
              for (std::size_t k = 0; k < many; ++k) {
                double angle = phases[k];
                for (std::size_t i = 0; i < x.size(); ++i) angle += frequencies[k][i] * x[i];
                sum += std::cos(angle) * std::sqrt(2.0 / many);
              }
              return heavy ? std::exp(2 * sum) : sum;
            },
            {}};
  out.near_minimum = best_of_random(out, random);
  return out;
}

/// A sum of curves with two or more minima each.
Drawn sum_of_curves(Random& random, std::size_t d) {
  struct Curve {
    std::array<double, 4> height, phase;
    double slope;
    double operator()(double u) const {
      double sum = slope * u;
      for (std::size_t k = 0; k < 4; ++k)
        sum += height[k] * std::cos(pi * static_cast<double>(k + 1) * u + phase[k]);
      return sum;
    }
  };
  std::vector<Curve> curves(d);
  Vector best(d);
  for (std::size_t i = 0; i < d; ++i) {
    auto& c = curves[i];
    c.slope = random.normal();
    for (std::size_t k = 0; k < 4; ++k) {
      c.height[k] = random.normal() / std::sqrt(static_cast<double>(k + 1));
      c.phase[k] = random.uniform(0, 2 * pi);
    }
    double least = c(0);
    for (int j = 1; j <= 1000; ++j)
      if (double u = j / 1000.0; c(u) < least) {
        least = c(u);
        best[i] = u;
      }
  }
  return {"curves",
          d,
          [=](const Vector& x) {
            double sum = 0;
            for (std::size_t i = 0; i < x.size(); ++i) sum += curves[i](x[i]);
            return sum;
          },
          {best}};
}

using Maker = Drawn (*)(Random&, std::size_t);
constexpr std::array<Maker, 7> makers{bowl, ripples, funnel, valley, wells, process, sum_of_curves};

/// The lowest value near some points, by steps along random directions and axes whose length
/// adapts.
double lowest(const Drawn& drawn, Random& random) {
  double least = drawn.near_minimum.empty() ? 0 : drawn.f(drawn.near_minimum.front());
  for (Vector x : drawn.near_minimum) {
    double y = drawn.f(x), step = 0.05;
    for (int i = 0; i < 20'000 && step > 1e-10; ++i) {
      Vector moved = x;
      if (i % 8 == 0 && drawn.stepped) {
        moved[random.below(drawn.d)] = random.uniform();
      } else if (i % 2) {
        moved[random.below(drawn.d)] += step * random.normal();
      } else {
        for (double& m : moved) m += step * random.normal();
      }
      for (double& m : moved) m = std::clamp(m, 0.0, 1.0);
      if (double there = drawn.f(moved); there < y) {
        y = there;
        x = std::move(moved);
        step *= 1.5;
      } else {
        step *= 0.93;
      }
    }
    least = std::min(least, y);
  }
  return least;
}

/// One parameter of a problem, and which coordinate its values stand for.
class Axis {
 public:
  Axis(std::size_t i, Random& random, bool mixed)
      : parameter_(sherpa::Continuous{"x" + std::to_string(i + 1), {0, 1}}) {
    if (!mixed) return;
    // Part of the range: the lowest value is then often on the edge.
    if (random.chance(0.6)) {
      low_ = random.uniform(0, 0.6);
      width_ = random.uniform(0.3, 1 - low_);
    }
    const std::string name = parameter_.name();
    switch (random.below(6)) {
      case 0: parameter_ = sherpa::Continuous{name, {1e-4, 1}, sherpa::Scale::log}; break;
      case 1:
        parameter_ = sherpa::Discrete{name, {1, static_cast<std::int64_t>(4 + random.below(9))}};
        break;
      case 2: parameter_ = sherpa::Discrete{name, {8, 1024}, sherpa::Scale::log}; break;
      case 3: {
        order_.resize(2 + random.below(4));
        std::iota(order_.begin(), order_.end(), 0.0);
        for (std::size_t k = order_.size(); k > 1; --k)
          std::swap(order_[k - 1], order_[random.below(k)]);
        sherpa::Choice choice{name, {}};
        for (double place : order_)
          choice.values.emplace_back("c" + std::to_string(static_cast<int>(place)));
        parameter_ = std::move(choice);
        break;
      }
      default: break;
    }
  }
  const sherpa::Parameter& parameter() const { return parameter_; }
  /// Of the value that a number from 0 to 1 is made into.
  double drawn(double u) const {
    u = sherpa::space::to_unit(parameter_, sherpa::space::from_unit(parameter_, u));
    if (!order_.empty()) {
      const auto n = static_cast<double>(order_.size());
      u = (order_[static_cast<std::size_t>(u * n)] + 0.5) / n;
    }
    return low_ + width_ * u;
  }

 private:
  sherpa::Parameter parameter_;
  double low_ = 0, width_ = 1;
  Vector order_;  // of a Choice's values
};

Problem problem(std::size_t number, bool mixed) {
  Random random(0xd7a3, number);
  const std::size_t d = (mixed ? 4 : 2) + random.below(5);
  Drawn drawn = makers[number % makers.size()](random, d);
  Random of_axes(0xa7e5, number);
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < d; ++i) axes.emplace_back(i, of_axes, mixed);
  if (mixed) {
    drawn.f = [f = drawn.f, axes](const Vector& u) {
      Vector x(u.size());
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = axes[i].drawn(u[i]);
      return f(x);
    };
    drawn.near_minimum = best_of_random(drawn, random);
    drawn.stepped = true;
  }
  const double minimum = lowest(drawn, random);
  double spread = 0;
  constexpr int samples = 1000;
  for (int i = 0; i < samples; ++i)
    spread += (drawn.f(random_point(random, d)) - minimum) / samples;
  const double offset = random.normal(), size = log_uniform(random, 1e-3, 1e3);
  Problem out{.name = (mixed ? "mixed" : "drawn") + std::to_string(number) + "-" + drawn.kind +
                      std::to_string(d)};
  for (const auto& axis : axes) out.parameters.push_back(axis.parameter());
  out.objective = [=, f = drawn.f, space = *sherpa::space::SearchSpace::make(out.parameters)](
                      const Configuration& c) {
    return size * ((f(space.to_unit(c)) - minimum) / spread + offset);
  };
  out.regret = [=](double y) { return y / size - offset; };
  return out;
}

}  // namespace

std::vector<Problem> drawn(std::size_t first, std::size_t count, bool mixed) {
  std::vector<Problem> out;
  for (std::size_t i = first; i < first + count; ++i) out.push_back(problem(i, mixed));
  return out;
}

}  // namespace quality
