#include "algorithms/axis.hpp"

#include <algorithm>
#include <cmath>

namespace sherpa::algorithms {

Axis::Axis(const Parameter& parameter) : levels_(space::levels(parameter)) {
  kind_ = parameter.as<Choice>() ? Kind::categorical
          : levels_ == 0         ? Kind::continuous
                                 : Kind::ordered;
  if (auto* discrete = parameter.as<Discrete>(); discrete && discrete->scale == Scale::log) {
    log_ = true;
    first_ = static_cast<double>(discrete->range.low);
    span_ = std::log((static_cast<double>(discrete->range.high) + 0.5) / (first_ - 0.5));
  }
}

std::uint64_t Axis::level(double u) const {
  double at = log_ ? (first_ - 0.5) * std::exp(u * span_) - (first_ - 0.5)
                   : u * static_cast<double>(levels_);
  return at <= 0 ? 0 : std::min(levels_ - 1, static_cast<std::uint64_t>(at));
}

double Axis::edge(std::uint64_t level) const {
  auto at = static_cast<double>(level);
  return log_ ? std::log((first_ + at - 0.5) / (first_ - 0.5)) / span_
              : at / static_cast<double>(levels_);
}

double Axis::place(std::uint64_t level) const {
  auto at = static_cast<double>(level);
  return log_ ? std::log((first_ + at) / (first_ - 0.5)) / span_
              : (at + 0.5) / static_cast<double>(levels_);
}

std::vector<Axis> axes_of(const space::SearchSpace& space) {
  return {space.parameters().begin(), space.parameters().end()};
}

std::optional<Point> draw_untried(const History& history, std::span<const study::Prepared> prepared,
                                  Random& random) {
  const auto axes = axes_of(history.space());
  Point point(axes.size());
  constexpr int draws = 100;
  for (int i = 0; i < draws; ++i) {
    for (std::size_t j = 0; j < axes.size(); ++j) point[j] = axes[j].snap(random.uniform());
    if (!history.tried(point, prepared)) return point;
  }
  if (history.configurations() == 0) return point;
  if (history.exhausted(prepared)) return std::nullopt;
  // Few are left: from where the last draw fell, one after the other.
  while (history.tried(point, prepared))
    for (std::size_t j = axes.size(); j-- > 0;) {
      auto next = axes[j].level(point[j]) + 1;
      point[j] = axes[j].place(next % axes[j].levels());
      if (next < axes[j].levels()) break;
    }
  return point;
}

}  // namespace sherpa::algorithms
