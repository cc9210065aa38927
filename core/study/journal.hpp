#pragma once

#include "core/base/result.hpp"
#include "core/study/commands.hpp"
#include "core/study/store.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace sherpa::study {

/// Between the engine and the store: holds what is applied and not yet committed, and the effects
/// that wait for it. Effects come out in order, and only once every fact up to theirs is committed.
/// No I/O of its own: a driver carries batches to the store, one at a time.
class Journal {
 public:
  /// What the store is to commit next: whole groups, in order.
  struct Batch {
    std::vector<Group> groups;
    Seq last = 0;
    bool empty() const { return groups.empty(); }
  };

  /// Without a store everything counts as committed at once. `last` is the number of the last fact
  /// there is.
  Journal(bool stored, Seq last) : stored_(stored), appended_(last), committed_(last) {}

  /// Takes what a command came to: its facts (null or empty: none) and its effects, which leave
  /// once everything up to `after` is committed. Returns the effects that may leave now.
  std::vector<Effect> append(Group facts, std::vector<Effect> effects, Seq after);
  /// Everything appended and not yet taken. One batch is under way at a time; empty while one is.
  Batch take();
  /// The batch taken is stored, or will never be. Returns the effects that may leave now; none ever
  /// after a failure.
  std::vector<Effect> stored(const Batch& batch, const Result<void>& result);

  /// The store is lost to us: as after a failed commit.
  void fail(Error error);

  Seq appended() const { return appended_; }
  Seq committed() const { return committed_; }
  /// Facts appended and not yet committed.
  std::size_t pending() const { return static_cast<std::size_t>(appended_ - committed_); }
  bool has_untaken() const { return !groups_.empty(); }
  const std::optional<Error>& failed() const { return failed_; }

 private:
  std::vector<Effect> release();

  bool stored_;
  Seq appended_;
  Seq committed_;
  bool under_way_ = false;
  std::vector<Group> groups_;
  std::deque<std::pair<Seq, Effect>> effects_;
  std::optional<Error> failed_;
};

}  // namespace sherpa::study
