#include "core/study/journal.hpp"

#include "core/base/assert.hpp"

namespace sherpa::study {

std::vector<Effect> Journal::append(Group facts, std::vector<Effect> effects, Seq after) {
  if (failed_) return {};
  SHERPA_ASSERT(effects_.empty() || effects_.back().first <= after, after);  // in order
  if (facts && !facts->empty()) {
    // Invariant 1: groups follow one another without gaps.
    SHERPA_ASSERT(facts->front().seq == appended_ + 1, facts->front().seq, appended_);
    SHERPA_ASSERT(facts->back().seq == appended_ + facts->size() && after == facts->back().seq,
                  facts->back().seq, facts->size(), after);
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
  SHERPA_ASSERT(batch.groups.front()->front().seq == committed_ + 1 && batch.last == appended_,
                committed_, batch.last, appended_);
  under_way_ = true;
  return batch;
}

std::vector<Effect> Journal::stored(const Batch& batch, const Result<void>& result) {
  SHERPA_ASSERT(under_way_ && batch.last > committed_, batch.last, committed_);
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
    SHERPA_ASSERT(effects_.front().first <= committed_);  // invariant 1: never before the commit
    free.push_back(std::move(effects_.front().second));
    effects_.pop_front();
  }
  return free;
}

}  // namespace sherpa::study
