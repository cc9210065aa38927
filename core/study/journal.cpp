#include "core/study/journal.hpp"

namespace sherpa::study {

std::vector<Effect> Journal::append(Group facts, std::vector<Effect> effects, Seq after) {
  if (failed_) return {};
  if (facts && !facts->empty()) {
    appended_ = facts->back().seq;
    if (stored_) groups_.push_back(std::move(facts));
  }
  for (auto& effect : effects) effects_.emplace_back(after, std::move(effect));
  if (!stored_) committed_ = appended_;
  return release();
}

Journal::Batch Journal::take() {
  Batch batch;
  if (under_way_ || failed_ || groups_.empty()) return batch;
  batch.groups.swap(groups_);
  batch.last = batch.groups.back()->back().seq;
  under_way_ = true;
  return batch;
}

std::vector<Effect> Journal::stored(const Batch& batch, const Result<void>& result) {
  under_way_ = false;
  if (!result) fail(result.error());
  if (failed_) return {};
  committed_ = batch.last;
  return release();
}

void Journal::fail(Error error) {
  if (!failed_) failed_ = std::move(error);
  effects_.clear();
  groups_.clear();
}

std::vector<Effect> Journal::release() {
  std::vector<Effect> free;
  while (!effects_.empty() && effects_.front().first <= committed_) {
    free.push_back(std::move(effects_.front().second));
    effects_.pop_front();
  }
  return free;
}

}  // namespace sherpa::study
