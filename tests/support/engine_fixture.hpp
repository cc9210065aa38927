#pragma once

#include "core/base/text.hpp"
#include "core/study/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sherpa::study {

/// An engine with a worker or two and an algorithm that answers at once.
class EngineTest : public testing::Test {
 protected:
  void create(Limits limits = {}, Engine::Options options = {}, AlgorithmTraits algorithm = {}) {
    if (!limits.budget) limits.budget = 100;
    if (!options.token)
      options.token = [](const std::string&, TrialId t, AttemptId a) {
        return Token{"secret", "hash " + std::to_string(t) + '.' + std::to_string(a)};
      };
    engine = std::make_unique<Engine>(options);
    engine->begin(algorithm);
    act(command::Create{{.uuid = "u", .format = 1, .name = "n", .limits = limits}});
  }

  template <class C>
  Outcome act(const C& c) {
    Outcome outcome = engine->handle(c, at());
    Outcome all = outcome;
    keep(outcome);
    while (outcome.ask && answers) {
      ++asked;
      command::Suggested suggested{outcome.ask->k,
                                   outcome.ask->horizon,
                                   Chosen{{{"x", static_cast<double>(outcome.ask->k)}}, {}},
                                   {}};
      if (suggest) suggested.answer = suggest(outcome.ask->k);
      outcome = engine->handle(suggested, at());
      keep(outcome);
      for (auto& e : outcome.effects) all.effects.push_back(e);
      for (auto& f : outcome.facts) all.facts.push_back(f);
    }
    return all;
  }
  void keep(const Outcome& outcome) {
    for (const auto& entry : outcome.facts) {
      EXPECT_EQ(entry.seq, entries.size() + 1);
      entries.push_back(entry);
    }
  }
  base::Now at() const { return {clock, wall}; }

  Outcome join(const std::string& name, std::uint32_t slots = 1, bool outlives = true,
               const std::string& incarnation = "1",
               std::vector<std::pair<TrialId, AttemptId>> running = {},
               std::vector<std::string> resources = {}) {
    return act(command::Join{Worker{name, incarnation, slots, std::move(resources), outlives},
                             std::move(running), ++session});
  }
  Outcome observe(TrialId trial, AttemptId attempt, std::int64_t iteration, double y,
                  std::uint64_t batch = 0, std::string token = "") {
    return act(command::Observe{
        trial, attempt, token.empty() ? hash(trial, attempt) : token, batch, {{y, iteration, {}}}});
  }
  Outcome end(TrialId trial, AttemptId attempt, End how, Detail detail = {},
              std::uint64_t after = 0, std::optional<StopWhy> stop_why = {}) {
    return act(command::EndAttempt{
        trial, attempt, hash(trial, attempt), after, how, std::move(detail), stop_why, {}});
  }
  static std::string hash(TrialId t, AttemptId a) {
    return "hash " + std::to_string(t) + '.' + std::to_string(a);
  }

  static std::vector<std::string> starts(const Outcome& outcome) {
    std::vector<std::string> out;
    for (const auto& effect : outcome.effects)
      if (auto* start = std::get_if<effect::Start>(&effect))
        out.push_back(std::to_string(start->trial) + '.' + std::to_string(start->attempt) + '@' +
                      start->worker);
    return out;
  }
  static std::vector<std::string> kinds(const Outcome& outcome) {
    std::vector<std::string> out;
    for (const auto& entry : outcome.facts) out.emplace_back(fact_names[entry.fact.index()]);
    return out;
  }
  template <class E>
  static int count(const Outcome& outcome) {
    int n = 0;
    for (const auto& effect : outcome.effects) n += std::holds_alternative<E>(effect) ? 1 : 0;
    return n;
  }
  TrialStatus status(TrialId trial) const {
    return engine->ledger()->ended(trial)
               ? engine->ledger()->status(engine->ledger()->summary_row(trial))
               : TrialStatus::intermediate;
  }
  /// Everything again, into another engine.
  std::unique_ptr<Engine> replayed() const {
    auto again = std::make_unique<Engine>(Engine::Options{});
    for (Entry entry : entries) {
      EXPECT_TRUE(again->follows(entry.fact)) << entry.seq << ' ' << fact_names[entry.fact.index()];
      again->apply(entry);
    }
    return again;
  }
  void TearDown() override {
    if (engine) {
      EXPECT_EQ(replayed()->describe(), engine->describe());
    }
  }

  std::unique_ptr<Engine> engine;
  std::vector<Entry> entries;
  base::Duration clock{};
  std::int64_t wall = 0;
  bool answers = true;
  int asked = 0;
  std::uint64_t session = 0;
  std::function<Proposal(std::uint64_t)> suggest;
};

}  // namespace sherpa::study
