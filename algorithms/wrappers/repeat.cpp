#include "algorithms/algorithms.hpp"
#include "algorithms/registry.hpp"

#include <cmath>
#include <unordered_map>
#include <utility>

namespace sherpa::algorithms {

namespace {

using study::Entry;
using study::View;
namespace fact = study::fact;

class RepeatAlgorithm final : public study::InnerAlgorithm {
 public:
  RepeatAlgorithm(Repeat options, AlgorithmPtr inner, bool lower_is_better, Path path)
      : options_(std::move(options)), inner_(std::move(inner)), path_(std::move(path)) {
    means_->begin(lower_is_better, 1);
  }

  study::Proposal suggest(const study::Asked& asked) override {
    auto member = (asked.index - 1) % options_.num_times;
    if (member > 0)
      return study::Chosen{asked.prepared.empty() ? last_ : asked.prepared.back().configuration,
                           path_};
    if (options_.wait_for_completion && (!open_.empty() || !asked.prepared.empty())) return Wait{};

    // The inner algorithm knows groups: its n-th suggestion is the n-th group.
    std::vector<study::Prepared> groups;
    for (std::size_t i = 0; i < asked.prepared.size(); ++i)
      if ((issued_ + i) % options_.num_times == 0) groups.push_back(asked.prepared[i]);
    study::Asked inner{.k = asked.k,
                       .index = (asked.index - 1) / options_.num_times + 1,
                       .stride = asked.stride * options_.num_times,
                       .seed = asked.seed,
                       .space = asked.space,
                       .view = options_.agg ? means_view_ : asked.view,
                       .lower_is_better = asked.lower_is_better,
                       .prepared = groups};
    return inner_->suggest(inner);
  }

  void learn(const Entry& entry, const View& view) override {
    if (auto* issued = std::get_if<fact::TrialIssued>(&entry.fact); issued && is_own(*issued)) {
      if (issued_++ % options_.num_times == 0) {
        groups_.emplace(++last_group_, Group{});
        last_ = issued->configuration;
        if (options_.agg)
          tell_inner(fact::TrialIssued{last_group_, issued->configuration, issued->origin});
      }
      open_.emplace(issued->trial, last_group_);
    } else if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact)) {
      if (auto at = open_.find(ended->trial); at != open_.end()) {
        auto number = at->second;
        open_.erase(at);
        auto& group = groups_.at(number);
        group.ended.push_back(ended->trial);
        if (group.ended.size() == options_.num_times) {
          if (options_.agg) tell_mean(number, view.ledger->mean_of(group.ended));
          groups_.erase(number);
        }
      }
    }
    if (!options_.agg) inner_->learn(entry, view);
  }

  study::Reads reads() const override {
    auto reads = inner_->reads();
    if (options_.agg)
      reads = {.enqueued = false, .observations = false, .ends = reads.observations || reads.ends};
    reads.ends = reads.ends || options_.wait_for_completion;
    return reads;
  }

  bool resumes_from_parent() const override { return inner_->resumes_from_parent(); }

  void load(std::uint64_t num_trials) override {
    inner_->load((num_trials + options_.num_times - 1) / options_.num_times);
  }

 private:
  struct Group {
    std::vector<TrialId> ended;
  };

  bool is_own(const fact::TrialIssued& issued) const {
    const auto& path = issued.origin.path;
    return issued.origin.by_algorithm() && path.size() >= path_.size() &&
           std::equal(path_.begin(), path_.end(), path.begin());
  }

  /// With agg the inner algorithm lives in a study of its own, whose trials are the groups.
  void tell_inner(study::Fact fact) {
    if (auto* issued = std::get_if<fact::TrialIssued>(&fact)) means_->issue(*issued);
    if (auto* ended = std::get_if<fact::TrialEnded>(&fact)) means_->end(*ended);
    Entry entry{++means_seq_, 0, std::move(fact)};
    means_view_.pass(entry);
    inner_->learn(entry, means_view_);
  }

  void tell_mean(TrialId group, const std::optional<BestResult>& mean) {
    if (mean) {
      tell_inner(fact::TrialEnded{group, TrialStatus::completed, mean->iteration, mean->objective,
                                  mean->context});
    } else {
      tell_inner(fact::TrialEnded{group, TrialStatus::failed, 0, std::nan(""), {}});
    }
  }

  Repeat options_;
  AlgorithmPtr inner_;
  Path path_;
  std::uint64_t issued_ = 0;
  TrialId last_group_ = 0;
  Configuration last_;
  std::unordered_map<TrialId, TrialId> open_;  // own trials that run, and their group
  std::unordered_map<TrialId, Group> groups_;  // incomplete ones
  std::shared_ptr<study::Ledger> means_ = std::make_shared<study::Ledger>();
  View means_view_{means_};
  study::Seq means_seq_ = 0;
};

}  // namespace

Result<AlgorithmPtr> make(const Repeat& options, const Problem& problem) {
  auto inner = build(options.algorithm, problem.space, problem.lower_is_better, problem.path);
  if (!inner) return inner;
  return AlgorithmPtr(std::make_unique<RepeatAlgorithm>(options, *std::move(inner),
                                                        problem.lower_is_better, problem.path));
}

}  // namespace sherpa::algorithms
