#include "problems.hpp"

#include <sherpa/random.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <utility>

namespace quality {

namespace {

using sherpa::Configuration;
using Vector = std::vector<double>;
constexpr double pi = std::numbers::pi;

double square(double x) { return x * x; }

double branin(const Vector& x) {
  return square(x[1] - 5.1 / (4 * pi * pi) * x[0] * x[0] + 5 / pi * x[0] - 6) +
         10 * (1 - 1 / (8 * pi)) * std::cos(x[0]) + 10;
}

template <std::size_t D>
double hartmann(const Vector& x, const std::array<std::array<double, D>, 4>& a,
                const std::array<std::array<double, D>, 4>& p) {
  constexpr std::array<double, 4> alpha{1.0, 1.2, 3.0, 3.2};
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double inner = 0;
    for (std::size_t j = 0; j < D; ++j) inner += a[i][j] * square(x[j] - p[i][j]);
    sum -= alpha[i] * std::exp(-inner);
  }
  return sum;
}

double hartmann3(const Vector& x) {
  return hartmann<3>(x, {{{3, 10, 30}, {0.1, 10, 35}, {3, 10, 30}, {0.1, 10, 35}}},
                     {{{0.3689, 0.1170, 0.2673},
                       {0.4699, 0.4387, 0.7470},
                       {0.1091, 0.8732, 0.5547},
                       {0.0381, 0.5743, 0.8828}}});
}

double hartmann6(const Vector& x) {
  return hartmann<6>(x,
                     {{{10, 3, 17, 3.5, 1.7, 8},
                       {0.05, 10, 17, 0.1, 8, 14},
                       {3, 3.5, 1.7, 10, 17, 8},
                       {17, 8, 0.05, 10, 0.1, 14}}},
                     {{{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                       {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                       {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                       {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}}});
}

double ackley(const Vector& x) {
  double squares = 0, cosines = 0, n = static_cast<double>(x.size());
  for (double xi : x) {
    squares += xi * xi;
    cosines += std::cos(2 * pi * xi);
  }
  return -20 * std::exp(-0.2 * std::sqrt(squares / n)) - std::exp(cosines / n) + 20 +
         std::numbers::e;
}

double rosenbrock(const Vector& x) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i)
    sum += 100 * square(x[i + 1] - x[i] * x[i]) + square(1 - x[i]);
  return sum;
}

double levy(const Vector& x) {
  auto w = [&](std::size_t i) { return 1 + (x[i] - 1) / 4; };
  double sum = square(std::sin(pi * w(0)));
  for (std::size_t i = 0; i + 1 < x.size(); ++i)
    sum += square(w(i) - 1) * (1 + 10 * square(std::sin(pi * w(i) + 1)));
  double last = w(x.size() - 1);
  return sum + square(last - 1) * (1 + square(std::sin(2 * pi * last)));
}

double styblinski_tang(const Vector& x) {
  double sum = 0;
  for (double xi : x) sum += 0.5 * (square(xi * xi) - 16 * xi * xi + 5 * xi) + 39.16616570377142;
  return sum;
}

double rastrigin(const Vector& x) {
  double sum = 0;
  for (double xi : x) sum += xi * xi - 10 * std::cos(2 * pi * xi) + 10;
  return sum;
}

double griewank(const Vector& x) {
  double sum = 0, product = 1;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += x[i] * x[i] / 4000;
    product *= std::cos(x[i] / std::sqrt(static_cast<double>(i + 1)));
  }
  return sum - product + 1;
}

double goldstein_price(const Vector& v) {
  double x = v[0], y = v[1];
  return (1 + square(x + y + 1) * (19 - 14 * x + 3 * x * x - 14 * y + 6 * x * y + 3 * y * y)) *
         (30 +
          square(2 * x - 3 * y) * (18 - 32 * x + 12 * x * x + 48 * y - 36 * x * y + 27 * y * y));
}

double shekel(const Vector& x) {
  constexpr std::array<double, 10> beta{1, 2, 2, 4, 4, 6, 3, 7, 5, 5};
  constexpr std::array<std::array<double, 4>, 10> c{{{4, 4, 4, 4},
                                                     {1, 1, 1, 1},
                                                     {8, 8, 8, 8},
                                                     {6, 6, 6, 6},
                                                     {3, 7, 3, 7},
                                                     {2, 9, 2, 9},
                                                     {5, 3, 5, 3},
                                                     {8, 1, 8, 1},
                                                     {6, 2, 6, 2},
                                                     {7, 3.6, 7, 3.6}}};
  double sum = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    double inner = beta[i] / 10;
    for (std::size_t j = 0; j < 4; ++j) inner += square(x[j] - c[i][j]);
    sum -= 1 / inner;
  }
  return sum;
}

/// Axes that matter by factors of ten, turned: an ill-conditioned bowl.
double ellipsoid(const Vector& x) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += std::pow(10, static_cast<double>(i)) * square(x[i] + 0.3 * x[(i + 1) % x.size()]);
  return sum;
}

double alpine(const Vector& x) {
  double sum = 0;
  for (double xi : x) sum += std::abs(xi * std::sin(xi) + 0.1 * xi);
  return sum;
}

double salomon(const Vector& x) {
  double squares = 0;
  for (double xi : x) squares += xi * xi;
  double radius = std::sqrt(squares);
  return 1 - std::cos(2 * pi * radius) + 0.1 * radius;
}

double zakharov(const Vector& x) {
  double squares = 0, weighted = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    squares += x[i] * x[i];
    weighted += 0.5 * static_cast<double>(i + 1) * x[i];
  }
  return squares + square(weighted) + square(square(weighted));
}

double dixon_price(const Vector& x) {
  double sum = square(x[0] - 1);
  for (std::size_t i = 1; i < x.size(); ++i)
    sum += static_cast<double>(i + 1) * square(2 * x[i] * x[i] - x[i - 1]);
  return sum;
}

double six_hump_camel(const Vector& v) {
  double x = v[0] * v[0], y = v[1] * v[1];
  return (4 - 2.1 * x + x * x / 3) * x + v[0] * v[1] + (4 * y - 4) * y;
}

double cosine_mixture(const Vector& x) {
  double sum = 0;
  for (double xi : x) sum += xi * xi - 0.1 * std::cos(5 * pi * xi) + 0.1;
  return sum;
}

/// The deepest of many dents in a plain, in the manner of Gallagher's: widths and depths differ,
/// the deepest is the first one's.
double dents(const Vector& x) {
  double deepest = 0;
  sherpa::Random random(41, x.size());
  for (int i = 0; i < 21; ++i) {
    double squares = 0, width = i == 0 ? 0.15 : random.uniform(0.1, 0.3);
    for (double xi : x) squares += square(xi - (i == 0 ? 0.5 : random.uniform()));
    double depth = i == 0 ? 1 : random.uniform(0.2, 0.9);
    deepest = std::max(deepest, depth * std::exp(-squares / (2 * square(width) *
                                                             static_cast<double>(x.size()) / 2)));
  }
  return 1 - deepest;
}

struct Function {
  std::string name;
  double (*f)(const Vector&);
  Vector low, high;
  Vector argmin;
  double minimum;
};

std::vector<Function> all() {
  auto box = [](std::size_t d, double x) { return Vector(d, x); };
  return {
      {"branin2", branin, {-5, 0}, {10, 15}, {pi, 2.275}, 0.39788735772973816},
      {"hartmann3",
       hartmann3,
       box(3, 0),
       box(3, 1),
       {0.114589, 0.555649, 0.852547},
       -3.8627797873327},
      {"hartmann6",
       hartmann6,
       box(6, 0),
       box(6, 1),
       {0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573},
       -3.3223680114155},
      {"ackley5", ackley, box(5, -15), box(5, 30), box(5, 0), 0},
      {"rosenbrock5", rosenbrock, box(5, -5), box(5, 10), box(5, 1), 0},
      {"levy6", levy, box(6, -10), box(6, 10), box(6, 1), 0},
      {"styblinski4", styblinski_tang, box(4, -5), box(4, 5), box(4, -2.903534), 0},
      {"rastrigin3", rastrigin, box(3, -5.12), box(3, 5.12), box(3, 0), 0},
      {"griewank4", griewank, box(4, -60), box(4, 60), box(4, 0), 0},
      {"goldstein2", goldstein_price, box(2, -2), box(2, 2), {0, -1}, 3},
      {"shekel4", shekel, box(4, 0), box(4, 10), box(4, 4), -10.536443153483},
      {"ellipsoid5", ellipsoid, box(5, -5), box(5, 5), box(5, 0), 0},
      {"alpine5", alpine, box(5, -10), box(5, 10), box(5, 0), 0},
      {"salomon4", salomon, box(4, -5), box(4, 5), box(4, 0), 0},
      {"zakharov5", zakharov, box(5, -5), box(5, 10), box(5, 0), 0},
      {"dixonprice5",
       dixon_price,
       box(5, -10),
       box(5, 10),
       {1, std::pow(2, -0.5), std::pow(2, -0.75), std::pow(2, -0.875), std::pow(2, -0.9375)},
       0},
      {"camel2",
       six_hump_camel,
       {-3, -2},
       {3, 2},
       {0.0898420131, -0.7126564030},
       -1.031628453489877},
      {"cosines8", cosine_mixture, box(8, -1), box(8, 1), box(8, 0), 0},
      {"dents4", dents, box(4, 0), box(4, 1), box(4, 0.5), 0},
      {"dents6", dents, box(6, 0), box(6, 1), box(6, 0.5), 0},
  };
}

Vector values(const Configuration& configuration, std::size_t d) {
  Vector x(d);
  for (std::size_t i = 0; i < d; ++i) x[i] = configuration.get<double>("x" + std::to_string(i + 1));
  return x;
}

Problem problem(const Function& function, const Vector& shift, std::string name) {
  Problem out{.name = std::move(name)};
  const std::size_t d = function.low.size();
  for (std::size_t i = 0; i < d; ++i)
    out.parameters.push_back(
        sherpa::Continuous{"x" + std::to_string(i + 1), {function.low[i], function.high[i]}});
  out.objective = [f = function.f, d, shift](const Configuration& configuration) {
    auto x = values(configuration, d);
    for (std::size_t i = 0; i < d; ++i) x[i] -= shift[i];
    return f(x);
  };
  out.regret = [minimum = function.minimum](double y) { return y - minimum; };
  return out;
}

}  // namespace

std::vector<Problem> functions() {
  std::vector<Problem> out;
  for (const auto& function : all())
    out.push_back(problem(function, Vector(function.low.size(), 0), function.name));
  // f(x − s) on the same box, the optimum in the middle four fifths of it.
  std::uint64_t stream = 0;
  for (const auto& function : all()) {
    sherpa::Random random(2026, ++stream);
    Vector shift(function.low.size());
    for (std::size_t i = 0; i < shift.size(); ++i) {
      double u = random.uniform(0.1, 0.9);
      shift[i] = function.low[i] + (function.high[i] - function.low[i]) * u - function.argmin[i];
    }
    out.push_back(problem(function, shift, function.name + "s"));
  }
  return out;
}

}  // namespace quality
