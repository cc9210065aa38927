#include "core/study/placement.hpp"

#include "core/study/engine_state.hpp"
#include "core/study/run_state.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace sherpa::study {

namespace {

constexpr double tolerance = 1e-9;  // thirds add up to one

bool is_of_kind(std::string_view unit, std::string_view kind) {
  return unit == kind ||
         (unit.starts_with(kind) && unit.size() > kind.size() && unit[kind.size()] == ':');
}

}  // namespace

FreeCapacity::FreeCapacity(const Worker& worker) : free_slots_(worker.slots) {
  for (const auto& name : worker.resources) units_.push_back({name});
}

std::optional<Metrics> FreeCapacity::find(const Needs& needs) const {
  if (needs.slots > free_slots_) return std::nullopt;
  Metrics lent;
  for (const auto& [kind, amount] : needs.resources) {
    if (amount <= 0) continue;
    if (amount < 1) {
      const Unit* fullest = nullptr;
      for (const auto& unit : units_)
        if (is_of_kind(unit.name, kind) && unit.free >= amount - tolerance &&
            (!fullest || unit.free < fullest->free))
          fullest = &unit;
      if (!fullest) return std::nullopt;
      lent[fullest->name] = amount;
      continue;
    }
    auto wanted = static_cast<std::size_t>(std::ceil(amount - tolerance));
    for (const auto& unit : units_)
      if (wanted > 0 && is_of_kind(unit.name, kind) && unit.free >= 1 - tolerance) {
        lent[unit.name] = 1;
        --wanted;
      }
    if (wanted > 0) return std::nullopt;
  }
  return lent;
}

void FreeCapacity::take(std::uint32_t slots, const Metrics& units) {
  free_slots_ -= std::min(slots, free_slots_);
  for (const auto& [name, share] : units)
    for (auto& unit : units_)
      if (unit.name == name) unit.free -= share;
}

void FreeCapacity::give_back(std::uint32_t slots, const Metrics& units) {
  free_slots_ += slots;
  for (const auto& [name, share] : units)
    for (auto& unit : units_)
      if (unit.name == name) unit.free = std::min(1.0, unit.free + share);
}

std::optional<Place> OnWorkers::next(const EngineState& state, const RunState& run) {
  if (auto most = state.max_concurrent(); most > 0 && state.running >= most) return std::nullopt;
  const Needs& needs = state.study.limits.needs;
  std::optional<Place> best;
  std::uint32_t best_free = 0;
  for (const auto& [name, worker] : state.workers) {
    if (!worker.present || worker.draining || worker.room.free_slots() <= best_free) continue;
    if (auto losses = run.losses.find(name);
        losses != run.losses.end() && run.now < losses->second.held_until)
      continue;
    if (auto units = worker.room.find(needs)) {
      best_free = worker.room.free_slots();
      best = Place{name, worker.worker.incarnation, needs.slots, *std::move(units)};
    }
  }
  return best;
}

std::optional<Place> OnDemand::next(const EngineState&, const RunState& run) {
  if (run.demand == 0) return std::nullopt;
  return Place{};
}

}  // namespace sherpa::study
