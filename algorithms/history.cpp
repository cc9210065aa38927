#include "algorithms/history.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace sherpa::algorithms {

namespace fact = study::fact;

History::History(space::SearchSpace space, bool lower_is_better, Path path)
    : space_(std::move(space)), lower_is_better_(lower_is_better), path_(std::move(path)) {
  for (const auto& parameter : space_.parameters()) {
    auto levels = space::levels(parameter);
    if (levels == 0 || configurations_ > (std::uint64_t{1} << 63) / levels) {
      configurations_ = 0;
      break;
    }
    configurations_ *= levels;
  }
}

void History::learn(const study::Entry& entry) {
  if (auto* issued = std::get_if<fact::TrialIssued>(&entry.fact)) {
    const auto& path = issued->origin.path;
    bool users = !issued->origin.by_algorithm();
    bool own = !users && path.size() >= path_.size() &&
               std::equal(path_.begin(), path_.end(), path.begin());
    auto point = space_.to_unit(issued->configuration);
    own_ += own;
    enqueued_ += users;
    if (own || users) {
      tried_.insert(key(point));
      order_.push_back(issued->trial);
    }
    running_.emplace(issued->trial, Running{std::move(point), own});
  } else if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact)) {
    auto at = running_.find(ended->trial);
    if (at == running_.end()) return;
    EndedTrial one{.trial = ended->trial,
                   .own = at->second.own,
                   .point = std::move(at->second.point),
                   .status = ended->status};
    running_.erase(at);
    if (ended->status != TrialStatus::failed && std::isfinite(ended->objective))
      one.objective = lower_is_better_ ? ended->objective : -ended->objective;
    measured_ += std::isfinite(one.objective);
    tried_.insert(key(one.point));
    ended_.push_back(std::move(one));
    // Swept when most of it has ended: amortised constant.
    if (order_.size() > 2 * running_.size() + 16)
      std::erase_if(order_, [&](TrialId trial) { return !running_.contains(trial); });
  }
}

std::vector<Point> History::pending(std::span<const study::Prepared> prepared) const {
  std::vector<Point> points;
  for (auto trial : order_)
    if (auto at = running_.find(trial); at != running_.end()) points.push_back(at->second.point);
  for (const auto& one : prepared) points.push_back(space_.to_unit(one.configuration));
  return points;
}

Point History::snap(const Point& point) const {
  Point snapped(point.size());
  for (std::size_t i = 0; i < point.size(); ++i) {
    const auto& parameter = space_.parameters()[i];
    snapped[i] = space::to_unit(parameter, space::from_unit(parameter, point[i]));
  }
  return snapped;
}

/// In a finite space the configuration's number; else a hash of the coordinates, where two that
/// meet are not to be expected.
std::uint64_t History::key(const Point& snapped) const {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < snapped.size(); ++i) {
    const auto& parameter = space_.parameters()[i];
    if (configurations_ == 0) {
      key = (std::rotl(key, 23) ^ std::bit_cast<std::uint64_t>(snapped[i])) * 0x9e3779b97f4a7c15ull;
      key ^= key >> 32;
      continue;
    }
    auto levels = space::levels(parameter);
    std::uint64_t level = 0;
    if (auto* discrete = parameter.as<Discrete>()) {
      level = static_cast<std::uint64_t>(space::from_unit(parameter, snapped[i]).integer() -
                                         discrete->range.low);
    } else {
      level = std::min(levels - 1,
                       static_cast<std::uint64_t>(snapped[i] * static_cast<double>(levels)));
    }
    key = key * levels + level;
  }
  return key;
}

bool History::tried(const Point& point, std::span<const study::Prepared> prepared) const {
  auto wanted = key(point);
  return tried_.contains(wanted) ||
         std::any_of(prepared.begin(), prepared.end(), [&](const study::Prepared& one) {
           return key(space_.to_unit(one.configuration)) == wanted;
         });
}

bool History::exhausted(std::span<const study::Prepared> prepared) const {
  if (configurations_ == 0 || tried_.size() + prepared.size() < configurations_) return false;
  auto all = tried_;
  for (const auto& one : prepared) all.insert(key(space_.to_unit(one.configuration)));
  return all.size() >= configurations_;
}

}  // namespace sherpa::algorithms
