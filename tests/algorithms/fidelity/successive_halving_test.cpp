#include "algorithms/fidelity/bracket.hpp"
#include "runtime/contract/rehearsal.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/contract.hpp>
#include <sherpa/random.hpp>
#include <sherpa/stopping_rules.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace sherpa {
namespace {

using runtime::Rehearsal;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Parameter> one_rate() { return {Continuous{"x", {0, 1}}, Choice{"c", {"a", "b"}}}; }

StudySetup study_with(AlgorithmSpecification algorithm, bool lower_is_better = true) {
  return {.parameters = one_rate(),
          .algorithm = std::move(algorithm),
          .lower_is_better = lower_is_better,
          .random_seed = 7};
}

std::string refusal(AlgorithmSpecification algorithm,
                    std::vector<Parameter> parameters = one_rate()) {
  try {
    Rehearsal study({.parameters = std::move(parameters),
                     .algorithm = std::move(algorithm),
                     .lower_is_better = true});
  } catch (const Exception& e) {
    return e.what();
  }
  return "";
}

/// What the algorithm may do, in the words of SHERPA.md and of the paper, each time over all that
/// has happened.
class Oracle {
 public:
  Oracle(std::size_t rungs, std::uint64_t eta) : rungs_(rungs), eta_(eta) {}

  struct Ended {
    TrialId trial;
    std::size_t rung;
    double score;  // NaN: cannot be promoted
  };
  void end(Ended ended) { ended_.push_back(ended); }
  void promote(TrialId trial) { promoted_.insert(trial); }

  /// The best not yet promoted configuration among the best 1/eta of the highest rung where that is
  /// possible.
  std::optional<TrialId> next() const {
    for (std::size_t rung = rungs_ - 1; rung-- > 0;) {
      std::vector<Ended> all;
      for (const auto& one : ended_)
        if (one.rung == rung) all.push_back(one);
      std::stable_sort(all.begin(), all.end(), [](const Ended& a, const Ended& b) {
        if (std::isnan(a.score) || std::isnan(b.score))
          return std::isnan(b.score) && !std::isnan(a.score);
        return a.score != b.score ? a.score < b.score : a.trial < b.trial;
      });
      const auto most = all.size() / eta_;
      std::size_t already = 0;
      for (const auto& one : all) already += promoted_.count(one.trial);
      if (already >= most) continue;
      for (std::size_t i = 0; i < most; ++i)
        if (!std::isnan(all[i].score) && !promoted_.contains(all[i].trial)) return all[i].trial;
    }
    return std::nullopt;
  }

 private:
  std::size_t rungs_;
  std::uint64_t eta_;
  std::vector<Ended> ended_;
  std::set<TrialId> promoted_;
};

double made_up(Random& random) {
  if (random.chance(0.05)) return std::nan("");
  if (random.chance(0.05)) return random.chance(0.5) ? INFINITY : -INFINITY;
  return static_cast<double>(random.below(12));  // equal ones, too
}

/// A study beside the oracle: trials begin and end in any order.
class OracleGame {
 public:
  explicit OracleGame(std::uint64_t seed)
      : random_(seed),
        eta_(2 + random_.below(3)),
        s_(random_.below(2)),
        most_(std::array{8u, 27u, 30u}[random_.below(3)]),
        lower_(random_.chance(0.5)),
        study_(study_with(
            SuccessiveHalving{
                .r = 1, .R = most_, .eta = eta_, .s = s_, .max_finished_configs = 1000},
            lower_)),
        oracle_(rungs(), eta_) {}

  void step() {
    if (running_.empty() || (running_.size() < 9 && random_.chance(0.5))) {
      begin(std::get<Rehearsal::Started>(study_.take()));
    } else {
      end_one();
      restart_sometimes();
      begin_after_enqueued();
    }
  }

 private:
  std::size_t rungs() const {
    std::size_t rungs = 0;
    for (std::uint64_t resource = 1; resource <= most_; resource *= eta_) ++rungs;
    return rungs - s_;
  }

  /// A trial of the algorithm: promoted as the oracle says, or new.
  void begin(Rehearsal::Started trial) {
    auto expected = oracle_.next();
    const auto rung = trial.parameters.get<std::size_t>("rung");
    ASSERT_EQ(trial.parameters.get<std::string>("load_from"),
              expected ? std::to_string(*expected) : "");
    ASSERT_EQ(trial.parameters.get<std::string>("save_to"), std::to_string(trial.id));
    std::uint64_t resource = 1;
    for (std::uint64_t i = 0; i < s_ + rung; ++i) resource *= eta_;
    ASSERT_EQ(trial.parameters.get<std::uint64_t>("resource"), resource);
    if (expected) {
      oracle_.promote(*expected);
      auto of_parent = study_.engine().ledger()->configuration(*expected);
      ASSERT_EQ(trial.parameters.at("x"), of_parent.at("x"));
      ASSERT_EQ(rung, of_parent.get<std::size_t>("rung") + 1);
      ++sent_up_[rung - 1];
      ASSERT_LE(sent_up_[rung - 1], counted_[rung - 1] / eta_);
    } else {
      ASSERT_EQ(rung, 0u);
    }
    running_.emplace_back(std::move(trial), rung);
  }

  void end_one() {
    auto at = running_.begin() + static_cast<std::ptrdiff_t>(random_.below(running_.size()));
    auto [trial, rung] = *at;
    running_.erase(at);
    double y = made_up(random_);
    auto status = random_.chance(0.1)   ? TrialStatus::failed
                  : random_.chance(0.1) ? TrialStatus::stopped
                                        : TrialStatus::completed;
    if (status == TrialStatus::completed || random_.chance(0.5)) study_.observe(trial, y);
    // Enqueued trials belong to no rung.
    if (random_.chance(0.3)) study_.enqueue({{"x", 0.5}, {"c", "a"}});
    study_.finalize(trial, status);
    if (status == TrialStatus::failed) return;
    bool can = status == TrialStatus::completed && std::isfinite(y);
    oracle_.end({trial.id, rung, can ? (lower_ ? y : -y) : std::nan("")});
    ++counted_[rung];
  }

  void restart_sometimes() {
    if (!random_.chance(0.2)) return;
    study_.restart();  // what ran is tried again first
    for (std::size_t i = 0; i < running_.size(); ++i) {
      auto again = std::get<Rehearsal::Started>(study_.take());
      for (auto& [trial, rung] : running_)
        if (trial.id == again.id) trial.attempt = again.attempt;
    }
  }

  /// Ends what users enqueued, up to the algorithm's next one.
  void begin_after_enqueued() {
    while (true) {
      auto next = std::get<Rehearsal::Started>(study_.take());
      if (next.parameters.contains("rung")) return begin(std::move(next));
      study_.observe(next, -1000);
      study_.finalize(next);
    }
  }

  Random random_;
  const std::uint64_t eta_, s_, most_;
  const bool lower_;
  Rehearsal study_;
  Oracle oracle_;
  std::vector<std::pair<Rehearsal::Started, std::size_t>> running_;
  std::map<std::size_t, std::uint64_t> sent_up_, counted_;
};

TEST(SuccessiveHalving, PromotesAsTheOracleInAnyOrderOfArrival) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    OracleGame game(seed);
    for (int step = 0; step < 400; ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " step " + std::to_string(step));
      ASSERT_NO_FATAL_FAILURE(game.step());
    }
  }
}

TEST(SuccessiveHalving, NeverSendsUpMoreThanOneInEta) {
  // Each new one is better than all before: the paper's rule would promote every one of them from
  // the second on.
  algorithms::Bracket bracket(2, 2);
  std::size_t promoted = 0;
  for (TrialId id = 1; id <= 100; ++id) {
    bracket.end(0, id, -static_cast<double>(id));
    while (auto next = bracket.next()) {
      EXPECT_EQ(next->trial, id);
      bracket.promote(0, next->trial, -static_cast<double>(next->trial));
      ++promoted;
    }
    EXPECT_LE(promoted, id / 2);
  }
  EXPECT_EQ(promoted, 50u);
}

TEST(SuccessiveHalving, CountsWhatIsDecidedAndNotYetLearned) {
  algorithms::Bracket bracket(2, 2);
  for (TrialId id = 1; id <= 4; ++id) bracket.end(0, id, static_cast<double>(id));
  EXPECT_EQ(bracket.next()->trial, 1u);
  EXPECT_EQ(bracket.next(std::vector<TrialId>{1})->trial, 2u);
  EXPECT_FALSE(bracket.next(std::vector<TrialId>{1, 2}));
  EXPECT_FALSE(bracket.next(std::vector<TrialId>{4, 3}));
}

TEST(SuccessiveHalving, CountsRungsByMultiplication) {
  // log 243 / log 3 is 4.999…: a rung too few.
  Rehearsal study(
      study_with(SuccessiveHalving{.r = 1, .R = 243, .eta = 3, .max_finished_configs = 1}));
  std::uint64_t highest = 0;
  for (auto next = study.take(); std::holds_alternative<Rehearsal::Started>(next);
       next = study.take()) {
    auto trial = std::get<Rehearsal::Started>(next);
    highest = std::max(highest, trial.parameters.get<std::uint64_t>("resource"));
    study.observe(trial, trial.parameters.get<double>("x"));
    study.finalize(trial);
  }
  EXPECT_EQ(highest, 243u);
}

TEST(SuccessiveHalving, IsDoneWhenSoManyCompletedTheTopRung) {
  Rehearsal study(
      study_with(SuccessiveHalving{.r = 1, .R = 4, .eta = 2, .max_finished_configs = 3}, false));
  int at_the_top = 0, started = 0;
  for (auto next = study.take(); std::holds_alternative<Rehearsal::Started>(next);
       next = study.take(), ++started) {
    auto trial = std::get<Rehearsal::Started>(next);
    bool top = trial.parameters.get<int>("rung") == 2;
    bool fails = top && at_the_top == 0 && started < 8;  // the first to get there
    study.observe(trial, trial.parameters.get<double>("x"));
    study.finalize(trial, fails ? TrialStatus::failed : TrialStatus::completed);
    at_the_top += top && !fails;
  }
  EXPECT_EQ(at_the_top, 3);
  EXPECT_TRUE(study.engine().ended());
}

TEST(SuccessiveHalving, GoesOnWhenMoreAreToFinish) {
  auto setup = study_with(SuccessiveHalving{.r = 1, .R = 4, .eta = 2, .max_finished_configs = 1});
  Rehearsal study(setup);
  auto play = [&] {
    std::size_t n = 0;
    for (auto next = study.take(); std::holds_alternative<Rehearsal::Started>(next);
         next = study.take(), ++n) {
      auto trial = std::get<Rehearsal::Started>(next);
      study.observe(trial, trial.parameters.get<double>("x"));
      study.finalize(trial);
    }
    return n;
  };
  auto first = play();
  setup.algorithm = SuccessiveHalving{.r = 1, .R = 4, .eta = 2, .max_finished_configs = 2};
  study.restart(setup);
  auto second = play();
  Rehearsal whole(setup);
  std::size_t in_all = 0;
  for (auto next = whole.take(); std::holds_alternative<Rehearsal::Started>(next);
       next = whole.take(), ++in_all) {
    auto trial = std::get<Rehearsal::Started>(next);
    whole.observe(trial, trial.parameters.get<double>("x"));
    whole.finalize(trial);
  }
  EXPECT_EQ(first + second, in_all);
  EXPECT_EQ(study.csv(), whole.csv());
}

TEST(SuccessiveHalving, RefusesWhatMakesNoSense) {
  EXPECT_EQ(refusal(SuccessiveHalving{.r = 9, .R = 9}),
            "SuccessiveHalving: r is 9 and R is 9; R must be more than r");
  EXPECT_EQ(refusal(Hyperband{.r = 10, .R = 9}),
            "Hyperband: r is 10 and R is 9; R must be more than r");
  EXPECT_THAT(refusal(SuccessiveHalving{.r = 0}), HasSubstr("r is 0"));
  EXPECT_EQ(refusal(SuccessiveHalving{.eta = 1}),
            "SuccessiveHalving: eta is 1; use at least 2, so that one in two is promoted");
  EXPECT_EQ(refusal(SuccessiveHalving{.s = 3}),
            "SuccessiveHalving: s is 3, but there are only 3 rungs between r and R; use at most 2");
  EXPECT_EQ(refusal(SuccessiveHalving{.explore = 1.5}),
            "SuccessiveHalving: explore is 1.5; use a share from 0 to 1");
  EXPECT_THAT(refusal(Hyperband{.explore = NAN}), HasSubstr("explore is NaN"));
  EXPECT_THAT(refusal(SuccessiveHalving{.max_finished_configs = 0}),
              HasSubstr("max_finished_configs is 0"));
  EXPECT_THAT(refusal(SuccessiveHalving{.R = std::numeric_limits<std::uint64_t>::max()}),
              HasSubstr("R is above 2^53"));
  EXPECT_EQ(refusal(SuccessiveHalving{}, {Continuous{"rung", {0, 1}}}),
            "SuccessiveHalving: it adds a field 'rung' to every configuration; call the parameter "
            "something else");
  EXPECT_EQ(refusal(Repeat{.algorithm = SuccessiveHalving{}}),
            "Repeat: it cannot repeat SuccessiveHalving, whose trials resume from each other's "
            "checkpoints, one from each; raise max_finished_configs instead");
}

TEST(SuccessiveHalving, DrawsNearGoodTrialsUnlessSwitchedOff) {
  // Good is near 0.7, and "b".
  auto share_near = [](double explore) {
    Rehearsal study(
        study_with(SuccessiveHalving{.R = 9, .max_finished_configs = 40, .explore = explore}));
    double near = 0, drawn = 0, b = 0;
    for (auto next = study.take(); std::holds_alternative<Rehearsal::Started>(next);
         next = study.take()) {
      auto trial = std::get<Rehearsal::Started>(next);
      double x = trial.parameters.get<double>("x");
      bool is_b = trial.parameters.get<std::string>("c") == "b";
      if (trial.parameters.get<int>("rung") == 0 && trial.id > 100) {
        ++drawn;
        near += std::abs(x - 0.7) < 0.15;
        b += is_b;
      }
      EXPECT_TRUE(x >= 0 && x <= 1);
      study.observe(trial, std::abs(x - 0.7) + (is_b ? 0 : 0.3));
      study.finalize(trial);
    }
    return std::pair(near / drawn, b / drawn);
  };
  auto [near, b] = share_near(1.0 / 3);
  EXPECT_GT(near, 0.55);
  EXPECT_GT(b, 0.65);
  auto [near_all_over, b_all_over] = share_near(1);
  EXPECT_NEAR(near_all_over, 0.3, 0.1);
  EXPECT_NEAR(b_all_over, 0.5, 0.12);
}

TEST(Hyperband, SpendsTheSameOnEveryBracket) {
  Rehearsal study(study_with(Hyperband{.r = 1, .R = 27, .eta = 3, .max_finished_configs = 30}));
  std::map<std::uint64_t, double> spent;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> ended, sent_up;
  for (auto next = study.take(); std::holds_alternative<Rehearsal::Started>(next);
       next = study.take()) {
    auto trial = std::get<Rehearsal::Started>(next);
    const auto s = trial.parameters.get<std::uint64_t>("bracket"),
               rung = trial.parameters.get<std::uint64_t>("rung");
    const auto resource = trial.parameters.get<std::uint64_t>("resource");
    EXPECT_EQ(resource, static_cast<std::uint64_t>(std::lround(std::pow(3, s + rung))));
    spent[s] += static_cast<double>(resource - (rung > 0 ? resource / 3 : 0));
    if (rung > 0) {
      auto parent = study.engine().ledger()->configuration(
          std::stoull(trial.parameters.get<std::string>("load_from")));
      EXPECT_EQ(parent.get<std::uint64_t>("bracket"), s);
      EXPECT_LE(++sent_up[std::pair(s, rung - 1)], ended[std::pair(s, rung - 1)] / 3);
    }
    study.observe(trial, trial.parameters.get<double>("x"));
    study.finalize(trial);
    ++ended[std::pair(s, rung)];
  }
  ASSERT_EQ(spent.size(), 4u);
  for (auto [s, resource] : spent) EXPECT_NEAR(resource, spent[0], 27) << "bracket " << s;
}

TEST(Hyperband, StartsWithTheBracketOfTheMostConfigurations) {
  Rehearsal study(study_with(Hyperband{.r = 1, .R = 9, .eta = 3}));
  std::vector<int> brackets;
  for (int i = 0; i < 6; ++i)
    brackets.push_back(std::get<Rehearsal::Started>(study.take()).parameters.get<int>("bracket"));
  EXPECT_THAT(brackets, ElementsAre(0, 1, 2, 0, 0, 0));
}

TEST(ASHAInAChain, IgnoresWhatOthersTried) {
  Rehearsal study(
      study_with(Chain{{RandomSearch{.max_num_trials = 4},
                        SuccessiveHalving{.R = 4, .eta = 2, .max_finished_configs = 1}}}));
  int halving = 0;
  for (auto next = study.take(); std::holds_alternative<Rehearsal::Started>(next);
       next = study.take()) {
    auto trial = std::get<Rehearsal::Started>(next);
    if (trial.parameters.contains("rung")) {
      ++halving;
      auto from = trial.parameters.get<std::string>("load_from");
      EXPECT_TRUE(from.empty() || std::stoi(from) > 4);
      EXPECT_EQ(from.empty(), trial.parameters.get<int>("rung") == 0);
    }
    study.observe(trial, trial.parameters.contains("rung") ? 1 : -1);
    study.finalize(trial);
    study.restart();
  }
  EXPECT_EQ(halving, 7);  // 4 at the bottom, 2, 1
}

}  // namespace
}  // namespace sherpa
