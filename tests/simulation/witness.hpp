#pragma once

#include "core/study/inner_algorithm.hpp"
#include "core/study/inner_rule.hpp"
#include "core/study/ledger.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace sherpa::simulation {

/// Sits where an algorithm or a rule would, and checks that it receives everything once, in order,
/// with the right view. What is wrong it says in `complaint`: hosts catch what their guests throw.
class Witness final : public study::InnerAlgorithm, public study::InnerRule {
 public:
  explicit Witness(std::string& complaint) : complaint_(&complaint) {}

  study::Proposal suggest(const study::Asked&) override { return Done{}; }
  std::string verdict(TrialId, const study::View&) override { return {}; }
  void learn(const study::Entry& entry, const study::View& view) override {
    namespace fact = study::fact;
    if (auto* issued = std::get_if<fact::TrialIssued>(&entry.fact)) {
      require(issued->trial == ++issued_, "a new trial", issued->trial);
    } else if (auto* seen = std::get_if<fact::Observation>(&entry.fact)) {
      require(seen->trial <= issued_ && !ended_.contains(seen->trial), "an observation of trial",
              seen->trial);
      ++rows_;
    } else if (auto* end = std::get_if<fact::TrialEnded>(&entry.fact)) {
      require(end->trial <= issued_ && ended_.insert(end->trial).second, "the end of trial",
              end->trial);
      ++rows_;
    }
    if (entry.withdrawn_from != study::nothing_withdrawn) ++withdrawals_;
    require(view.rows == rows_, "a view of rows up to", view.rows);
    require(view.withdrawals == withdrawals_, "a view of withdrawals up to", view.withdrawals);
  }

 private:
  void require(bool holds, const char* what, std::uint64_t number) {
    if (!holds && complaint_->empty())
      *complaint_ = "out of order, a learner receives " + (what + (' ' + std::to_string(number)));
  }

  std::string* complaint_;
  std::uint64_t issued_ = 0;
  study::Ledger::Row rows_ = 0;
  std::uint32_t withdrawals_ = 0;
  std::set<TrialId> ended_;
};

}  // namespace sherpa::simulation
