#include "core/study/hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

namespace sherpa::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// An algorithm whose answers the test gives, and that records what it learns.
struct Scripted final : InnerAlgorithm {
  Proposal suggest(const Asked& asked) override {
    for (const auto& one : asked.prepared) prepared.push_back(one.k);
    index = asked.index;
    return answer ? answer(asked) : Proposal(Chosen{{{"x", 0.5}}, {}});
  }
  void learn(const Entry& entry, const View&) override {
    if (throws) throw std::runtime_error("a bug");
    if (const auto* issued = std::get_if<fact::TrialIssued>(&entry.fact))
      learned.push_back(issued->origin.k);
  }
  bool resumes_from_parent() const override { return true; }
  bool may_resume_from(TrialId trial) const override { return trial % 2 == 0; }

  std::function<Proposal(const Asked&)> answer;
  std::vector<std::uint64_t> prepared, learned;
  std::uint64_t index = 0;
  bool throws = false;
};

struct ScriptedRule final : InnerRule {
  void learn(const Entry&, const View& view) override { rows = view.rows; }
  std::string verdict(TrialId trial, const View&) override {
    if (trial == 9) throw std::runtime_error("a bug");
    return trial == 1 ? "too slow" : "";
  }
  Ledger::Row rows = 0;
};

class HostsTest : public testing::Test {
 protected:
  void make(std::uint64_t before = 0) {
    auto made = std::make_unique<Scripted>();
    algorithm = made.get();
    host = std::make_unique<AlgorithmHost>(
        "Scripted", std::move(made), space::SearchSpace::make({Continuous{"x", {0, 1}}}).or_throw(),
        true, 7, before, ledger);
  }
  static Entry issued(Seq seq, TrialId trial, std::uint64_t k) {
    return {seq, 0, fact::TrialIssued{trial, {{"x", 0.5}}, {k, 0, {}}}};
  }
  static Entry ended(Seq seq, TrialId trial) { return {seq, 0, fact::TrialEnded{trial}}; }

  std::shared_ptr<Ledger> ledger = std::make_shared<Ledger>();
  std::unique_ptr<AlgorithmHost> host;
  Scripted* algorithm = nullptr;
};

TEST_F(HostsTest, TellsAnAlgorithmWhatItPrepared) {
  make();
  host->suggest({1, 1});
  host->suggest({2, 1});
  EXPECT_THAT(algorithm->prepared, ElementsAre(1));
  host->learn(issued(2, 1, 1));
  algorithm->prepared.clear();
  host->suggest({3, 2});
  EXPECT_THAT(algorithm->prepared, ElementsAre(2));
}

TEST_F(HostsTest, ASuggestionAskedAgainWasVoid) {
  make();
  host->suggest({1, 1});
  host->suggest({2, 1});
  algorithm->prepared.clear();
  host->suggest({1, 5});
  EXPECT_TRUE(algorithm->prepared.empty());
}

TEST_F(HostsTest, TrialsOfAnEarlierAlgorithmAreAUsers) {
  make(2);
  host->learn(issued(2, 1, 2));
  host->learn(issued(3, 2, 3));
  EXPECT_THAT(algorithm->learned, ElementsAre(0, 3));
  host->suggest({4, 3});
  EXPECT_EQ(algorithm->index, 2u);
}

TEST_F(HostsTest, RefusesASuggestionThatDoesNotFit) {
  make();
  algorithm->answer = [](const Asked&) { return Chosen{{{"y", 1.0}}, {}}; };
  auto answer = host->suggest({1, 1}).answer;
  ASSERT_TRUE(std::holds_alternative<Error>(answer));
  EXPECT_THAT(std::get<Error>(answer).message, HasSubstr("it suggested what does not fit"));
}

TEST_F(HostsTest, WhatUsersCodeThrowsIsAnErrorFromThenOn) {
  make();
  algorithm->throws = true;
  host->learn(issued(2, 1, 1));
  algorithm->throws = false;
  auto answer = host->suggest({2, 2}).answer;
  ASSERT_TRUE(std::holds_alternative<Error>(answer));
  EXPECT_THAT(std::get<Error>(answer).message, HasSubstr("algorithm Scripted threw: a bug"));
}

TEST_F(HostsTest, NamesTrialsThatNoLaterOneResumesFrom) {
  make();
  host->release_trials();
  for (TrialId trial = 1; trial <= 8; ++trial) host->learn(ended(trial, trial));
  EXPECT_THAT(host->suggest({1, 8}).released, ElementsAre(1, 3, 5, 7));
}

TEST_F(HostsTest, BothLearnEachGroup) {
  make();
  auto rule = std::make_unique<ScriptedRule>();
  ScriptedRule& seen = *rule;
  Hosts hosts(std::move(host), std::make_unique<RuleHost>("Rule", std::move(rule), ledger));
  hosts.learn(
      std::make_shared<const std::vector<Entry>>(std::vector<Entry>{issued(1, 1, 1), ended(2, 1)}));
  EXPECT_THAT(algorithm->learned, ElementsAre(1));
  EXPECT_EQ(seen.rows, 1u);
}

TEST(RuleHost, SaysWhyATrialShouldStop) {
  RuleHost host("Rule", std::make_unique<ScriptedRule>(), std::make_shared<Ledger>());
  EXPECT_EQ(*host.verdict(1), "too slow");
  EXPECT_EQ(*host.verdict(2), "");
  EXPECT_THAT(host.verdict(9).error().message, HasSubstr("stopping rule Rule threw: a bug"));
  EXPECT_FALSE(host.verdict(2));
}

}  // namespace
}  // namespace sherpa::study
