#include "core/study/fact_codec.hpp"

#include "tests/support/facts.hpp"

#include "core/study/wire.hpp"

#include <sherpa/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace sherpa::study {
namespace {

using testing_support::one_of_each;

using testing::HasSubstr;

const double nan = std::nan("");
constexpr double inf = std::numeric_limits<double>::infinity();

StoredFact store(const Fact& fact, bool last = true) {
  StoredFact stored;
  encode(Entry{1, 1700000000000000, fact}, last, stored);
  return stored;
}

std::string text(const Fact& fact) {
  return std::visit([](const auto& f) { return wire::pack(f); }, fact);
}

TEST(FactCodec, BringsEveryKindBack) {
  auto facts = one_of_each();
  ASSERT_EQ(facts.size(), std::variant_size_v<Fact>);
  for (std::size_t i = 0; i < facts.size(); ++i) {
    ASSERT_EQ(facts[i].index(), i);
    auto stored = store(facts[i]);
    auto back = decode(stored);
    ASSERT_TRUE(back) << fact_names[i] << ": " << back.error().message;
    EXPECT_EQ(text(back->fact), text(facts[i])) << fact_names[i];
    EXPECT_EQ(back->seq, 1u);
    EXPECT_EQ(back->at, 1700000000000000);
  }
}

TEST(FactCodec, LeavesOutWhatIsAtItsDefault) {
  EXPECT_TRUE(store(fact::Observation{1, 1, 1, 0.5, {}, 0}).body.empty());
  EXPECT_TRUE(store(fact::AttemptStarted{1, 1}).body.empty());
  auto back = decode(store(fact::StudyCreated{}));
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<fact::StudyCreated>(back->fact), fact::StudyCreated{});
}

TEST(FactCodec, KeepsEveryDoubleBitByBit) {
  for (double x : {0.0, -0.0, 1.0, 64.0, 5e-324, inf, -inf, 1.7976931348623157e308}) {
    auto back = decode(store(fact::Observation{1, 1, 1, x, {{"m", x}}, 0}));
    ASSERT_TRUE(back);
    const auto& seen = std::get<fact::Observation>(back->fact);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(seen.objective), std::bit_cast<std::uint64_t>(x));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(seen.context.at("m")), std::bit_cast<std::uint64_t>(x));
  }
  auto stored = store(fact::Observation{1, 1, 1, nan, {{"m", nan}}, 0});
  EXPECT_FALSE(stored.objective);  // NULL
  auto back = decode(stored);
  EXPECT_TRUE(std::isnan(std::get<fact::Observation>(back->fact).objective));
  EXPECT_TRUE(std::isnan(std::get<fact::Observation>(back->fact).context.at("m")));
}

TEST(FactCodec, SeesEveryChangedColumn) {
  const auto good = store(fact::Observation{1, 1, 1, 0.5, {{"loss", 1}}, 0});
  auto damaged = [&](auto change) {
    auto bad = good;
    change(bad);
    auto back = decode(bad);
    return !back && back.error().code == Errc::damaged;
  };
  EXPECT_TRUE(damaged([](StoredFact& f) { ++f.seq; }));
  EXPECT_TRUE(damaged([](StoredFact& f) { ++f.at; }));
  EXPECT_TRUE(damaged([](StoredFact& f) { ++f.kind; }));
  EXPECT_TRUE(damaged([](StoredFact& f) { f.trial = 2; }));
  EXPECT_TRUE(damaged([](StoredFact& f) { f.trial.reset(); }));
  EXPECT_TRUE(damaged([](StoredFact& f) { f.attempt = 2; }));
  EXPECT_TRUE(damaged([](StoredFact& f) { f.iteration = 2; }));
  EXPECT_TRUE(damaged([](StoredFact& f) { f.objective = 0.25; }));
  EXPECT_TRUE(damaged([](StoredFact& f) { f.objective.reset(); }));
  EXPECT_TRUE(damaged([](StoredFact& f) { f.body.back() ^= 1; }));
  EXPECT_TRUE(damaged([](StoredFact& f) { f.mark ^= 1; }));
  EXPECT_TRUE(damaged([](StoredFact& f) { f.mark ^= end_of_group; }));
}

TEST(FactCodec, RefusesAKindItDoesNotKnow) {
  auto stored = store(fact::StudyEnded{});
  stored.kind = 200;
  stored.mark = (stored.mark & end_of_group) | checksum_of(stored);
  auto back = decode(stored);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, Errc::version);
  EXPECT_THAT(back.error().message, HasSubstr("kind 200"));
}

TEST(FactCodec, RefusesContentThatIsNoSuchFact) {
  // As a hostile or foreign writer could make it: the checksum fits, the content does not.
  for (std::uint32_t kind = 0; kind < std::variant_size_v<Fact>; ++kind)
    for (std::string body : {std::string("\xc1"), std::string("\x81"), std::string("\x91\x01"),
                             std::string("\x81\x01\x01"),
                             wire::pack(std::map<std::string, std::string>{
                                 {"origin", "x"}, {"end", "x"}, {"worker", ""}, {"limits", "x"}}),
                             wire::pack(std::map<std::string, std::uint64_t>{
                                 {"end", 200}, {"by", 9}, {"action", 77}, {"why", 8}}),
                             std::string("\x80\x80"), std::string(1000, '\x91')}) {
      StoredFact stored;
      stored.seq = 1;
      stored.kind = kind;
      stored.trial = stored.attempt = stored.iteration = 1;
      stored.body = body;
      stored.mark = checksum_of(stored);
      auto back = decode(stored);
      if (!back) {
        EXPECT_EQ(back.error().code, Errc::damaged);
      }
    }
  StoredFact stored;
  stored.kind = 4;
  stored.trial = -1;
  stored.attempt = 1;
  stored.iteration = 1;
  stored.mark = checksum_of(stored);
  EXPECT_FALSE(decode(stored));
}

TEST(FactCodec, SurvivesRandomBodies) {
  Random random(1);
  auto facts = one_of_each();
  for (int i = 0; i < 20000; ++i) {
    auto stored = store(facts[random.below(facts.size())]);
    if (stored.body.empty()) continue;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n)
      stored.body[random.below(stored.body.size())] = static_cast<char>(random.bits());
    if (random.chance(0.2)) stored.body.resize(random.below(stored.body.size() + 1));
    stored.mark = checksum_of(stored);
    (void)decode(stored);  // no crash, no sanitizer report
  }
}

TEST(Wire, SkipsNamesItDoesNotKnow) {
  auto bytes = wire::pack(std::map<std::string, std::uint64_t>{{"k", 3}, {"later_field", 1}});
  fact::AlgorithmDone done;
  ASSERT_TRUE(wire::unpack(bytes, done));
  EXPECT_EQ(done.k, 3u);
}

}  // namespace
}  // namespace sherpa::study
