#pragma once

#include "core/space/search_space.hpp"
#include "core/study/commands.hpp"
#include "core/study/facts.hpp"
#include "core/study/proposal.hpp"
#include "core/study/view.hpp"

#include <sherpa/error.hpp>
#include <sherpa/random.hpp>
#include <sherpa/trial.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace sherpa::study {

/// Which facts an algorithm's suggestions depend on, besides its own earlier ones.
struct Reads {
  bool enqueued = false;      ///< trials that users enqueue
  bool observations = false;  ///< single observations
  bool ends = false;          ///< trials that ended

  bool nothing() const { return !enqueued && !observations && !ends; }
  /// Whether this fact is one of them.
  bool concerns(const Fact& fact) const {
    if (std::holds_alternative<fact::Observation>(fact)) return observations;
    if (std::holds_alternative<fact::TrialEnded>(fact)) return ends;
    if (auto* issued = std::get_if<fact::TrialIssued>(&fact))
      return enqueued && !issued->origin.by_algorithm();
    return std::holds_alternative<fact::StudyChanged>(fact);
  }
  friend Reads operator|(Reads a, Reads b) {
    return {a.enqueued || b.enqueued, a.observations || b.observations, a.ends || b.ends};
  }
};

/// What the engine must know of an algorithm, once it is built.
struct AlgorithmTraits {
  /// When its prepared suggestions are void, and when a wait is over.
  Reads reads{};
  bool resumes_from_parent = false;  ///< its trials may load the checkpoints of earlier ones
};

/// A suggestion that was made and is not yet a fact, as algorithms see it.
struct Prepared {
  std::uint64_t k = 0;
  Configuration configuration{};
  std::vector<std::uint32_t> path{};
};

/// The question: what should be tried next?
struct Asked {
  std::uint64_t k = 0;  ///< number of the suggestion within the study, from 1
  /// Number of the suggestion within this algorithm, from 1; differs from k inside a Chain or
  /// Repeat.
  std::uint64_t index = 0;
  /// How much k grows from one suggestion of this algorithm to its next; inside a Repeat its
  /// num_times.
  std::uint64_t stride = 1;
  std::uint64_t seed = 0;  ///< of the study
  const space::SearchSpace& space;
  const View& view;  ///< of the results, at the horizon
  bool lower_is_better = true;
  std::span<const Prepared> prepared{};  ///< by this algorithm, waiting to be issued

  /// The random stream of this suggestion, or of this algorithm's suggestion `back` before it.
  Random random(std::uint64_t back = 0) const { return Random(seed, k - back * stride); }
};

/// The port that every algorithm implements inside. Built from its specification alone; all its
/// state comes from `learn`, so that a restart, which learns the same facts again, continues
/// exactly. No clock, no thread, no randomness but the one it is given.
class InnerAlgorithm {
 public:
  virtual ~InnerAlgorithm() = default;

  virtual Proposal suggest(const Asked& asked) = 0;
  /// Receives every fact once, in order; the trials that it suggested arrive as trial_issued.
  /// `view` ends with this fact.
  virtual void learn(const Entry& entry, const View& view);
  virtual Reads reads() const { return {}; }
  /// Whether its trials may begin with the checkpoints of earlier ones (core/study/lineage.hpp).
  virtual bool resumes_from_parent() const { return false; }
  /// If so, whether a later trial may yet resume from this one, which has ended. Once false, it
  /// stays false.
  virtual bool may_resume_from(TrialId) const { return resumes_from_parent(); }
  /// For an algorithm that ends by what its trials achieve: those in a row that achieved nothing.
  virtual std::optional<command::Standstill> standstill() const { return std::nullopt; }
  /// A resumed study had asked for this many trials before.
  virtual void load(std::uint64_t num_trials);
};

}  // namespace sherpa::study
