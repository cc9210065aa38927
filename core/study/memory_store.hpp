#pragma once

#include "core/study/store.hpp"

#include <vector>

namespace sherpa::study {

/// Keeps facts in memory, so that a study can be played, ended anywhere and played on.
class MemoryStore final : public Store {
 public:
  Result<void> commit(std::span<const Group> groups) override {
    groups_.insert(groups_.end(), groups.begin(), groups.end());
    return {};
  }
  Result<void> sync() override { return {}; }
  Result<void> replay(const std::function<Result<void>(Entry&&)>& tell) override {
    for (const auto& group : groups_)
      for (Entry entry : *group) {
        entry.withdrawn_from = nothing_withdrawn;  // derived, not stored
        if (auto taken = tell(std::move(entry)); !taken) return taken;
      }
    return {};
  }

  const std::vector<Group>& groups() const { return groups_; }
  /// Forgets the newest groups, as if they had never been committed.
  void keep(std::size_t groups) { groups_.resize(groups); }

 private:
  std::vector<Group> groups_;
};

}  // namespace sherpa::study
