#pragma once

#include "core/base/clock.hpp"
#include "core/study/commands.hpp"
#include "core/study/engine.hpp"
#include "core/study/fact_listener.hpp"
#include "core/study/journal.hpp"
#include "core/study/viewer.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace sherpa::study {

/// What a command led to. Its facts are applied, learned and in the journal.
struct Step {
  Answer answer;
  std::vector<Effect> released{};  ///< effects that may leave the process now, in order
  std::optional<Ask> question{};   ///< for the algorithm; its answer is the next command
};

/// The way of a command through a study: the engine decides and applies, listeners learn each group
/// of facts once and in order, the journal keeps facts and effects until they are stored. Every
/// driver sends its commands through here, and carries out what is released. No I/O, no thread, no
/// clock; one call at a time.
class Pipeline {
 public:
  /// `stored`: a driver commits the facts to a store, and effects wait for that. Otherwise nothing
  /// waits. `viewer` is shown what is stored, or in a study in memory what is decided; may be null.
  Pipeline(std::unique_ptr<Engine> engine, bool stored, Viewer* viewer = nullptr);

  /// The algorithm is built: what the engine must know of it.
  void begin(const AlgorithmTraits& algorithm) { engine_->begin(algorithm); }
  /// From now on `listener` learns every group, after those that were added before it.
  void add_listener(FactListener& listener) { listeners_.push_back(&listener); }
  void remove_listener(const FactListener& listener);

  /// Decides about a command.
  template <class Command>
  Step handle(const Command& command, base::Now now) {
    return carry(engine_->handle(command, now));
  }

  /// What the store is to commit next; empty when there is nothing, or a batch is under way.
  Journal::Batch take() { return journal_.take(); }
  /// The store committed the batch, or failed. Returns the effects that may leave now. After a
  /// failure none ever does, and every command is refused.
  std::vector<Effect> stored(const Journal::Batch& batch, const Result<void>& result);
  /// The store is lost: as after a failed commit.
  void fail(const Error& error);

  const Engine& engine() const { return *engine_; }
  const Journal& journal() const { return journal_; }

 private:
  Step carry(Outcome outcome);

  std::unique_ptr<Engine> engine_;
  Journal journal_;
  bool stored_;
  Viewer* viewer_;
  std::vector<FactListener*> listeners_;
};

}  // namespace sherpa::study
