#include "algorithms/algorithms.hpp"
#include "algorithms/registry.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sherpa::algorithms {

namespace {

class ChainAlgorithm final : public study::InnerAlgorithm {
 public:
  ChainAlgorithm(std::vector<AlgorithmPtr> members, Path path)
      : members_(std::move(members)), path_(std::move(path)), issued_(members_.size()) {}

  study::Proposal suggest(const study::Asked& asked) override {
    // Those before the one that was last asked are done: what is done stays done.
    std::size_t from = active_;
    for (const auto& prepared : asked.prepared)
      if (auto member = member_of(prepared.path)) from = std::max(from, *member);
    for (std::size_t i = from; i < members_.size(); ++i) {
      std::vector<study::Prepared> own;
      for (const auto& prepared : asked.prepared)
        if (member_of(prepared.path) == i) own.push_back(prepared);
      study::Asked inner{.k = asked.k,
                         .index = issued_[i] + own.size() + 1,
                         .stride = asked.stride,
                         .seed = asked.seed,
                         .space = asked.space,
                         .view = asked.view,
                         .lower_is_better = asked.lower_is_better,
                         .prepared = own};
      auto proposal = members_[i]->suggest(inner);
      if (std::holds_alternative<Done>(proposal)) continue;
      asked_ = i;
      if (auto* chosen = std::get_if<study::Chosen>(&proposal);
          chosen && chosen->path.size() <= path_.size()) {
        chosen->path = path_;
        chosen->path.push_back(static_cast<std::uint32_t>(i));
      }
      return proposal;
    }
    return Done{};
  }

  void learn(const study::Entry& entry, const study::View& view) override {
    if (auto* issued = std::get_if<study::fact::TrialIssued>(&entry.fact);
        issued && issued->origin.by_algorithm())
      if (auto member = member_of(issued->origin.path)) {
        ++issued_[*member];
        active_ = std::max(active_, *member);
      }
    for (auto& member : members_) member->learn(entry, view);
  }

  study::Reads reads() const override {
    study::Reads all;
    for (const auto& member : members_) all = all | member->reads();
    return all;
  }

  bool resumes_from_parent() const override {
    return std::any_of(members_.begin(), members_.end(),
                       [](const AlgorithmPtr& member) { return member->resumes_from_parent(); });
  }
  bool may_resume_from(TrialId trial) const override {
    return std::any_of(members_.begin(), members_.end(),
                       [&](const AlgorithmPtr& member) { return member->may_resume_from(trial); });
  }

  std::optional<study::command::Standstill> standstill() const override {
    return members_[asked_]->standstill();
  }

  void load(std::uint64_t) override {
    for (std::size_t i = 0; i < members_.size(); ++i) members_[i]->load(issued_[i]);
  }

 private:
  /// Which member made a suggestion with this path, if it went through this Chain.
  std::optional<std::size_t> member_of(const Path& path) const {
    if (path.size() <= path_.size() || !std::equal(path_.begin(), path_.end(), path.begin()))
      return std::nullopt;
    std::size_t member = path[path_.size()];
    if (member >= members_.size()) return std::nullopt;
    return member;
  }

  std::vector<AlgorithmPtr> members_;
  Path path_;
  std::vector<std::uint64_t> issued_;
  std::size_t active_ = 0;
  std::size_t asked_ = 0;  // the last that did not answer Done
};

}  // namespace

Result<AlgorithmPtr> make(const Chain& options, const Problem& problem) {
  std::vector<AlgorithmPtr> members;
  for (std::uint32_t i = 0; i < options.algorithms.size(); ++i) {
    Path path = problem.path;
    path.push_back(i);
    auto member =
        build(options.algorithms[i], problem.space, problem.lower_is_better, std::move(path));
    if (!member) return member;
    members.push_back(*std::move(member));
  }
  return AlgorithmPtr(std::make_unique<ChainAlgorithm>(std::move(members), problem.path));
}

}  // namespace sherpa::algorithms
