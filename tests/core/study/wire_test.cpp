#include "core/study/wire.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace sherpa::study::wire {
enum class Colour : std::uint8_t { red, green };
}  // namespace sherpa::study::wire

template <>
struct sherpa::base::Enumerators<sherpa::study::wire::Colour> {
  static constexpr std::array<std::string_view, 2> names{"red", "green"};
};

namespace sherpa::study::wire {
namespace {

struct Small {
  std::int64_t number = 7;
  std::string text{};
  double real = 0;
  std::optional<bool> maybe{};

  static constexpr auto fields() {
    return Fields{field("number", &Small::number), field("text", &Small::text),
                  field("real", &Small::real), field("maybe", &Small::maybe)};
  }
  friend bool operator==(const Small&, const Small&) = default;
};

/// What `bytes` are as a T; nothing when they are none.
template <class T>
std::optional<T> back(const Bytes& bytes) {
  T x{};
  return unpack(bytes, x) ? std::optional(std::move(x)) : std::nullopt;
}

TEST(Wire, LeavesOutWhatIsAtItsDefault) {
  EXPECT_EQ(pack(Small{}), "\x80");
  EXPECT_EQ(pack(Small{.number = 0}), std::string("\x81\xa6number\x00", 9));
  EXPECT_EQ(back<Small>("\x80"), Small{});
  const Small all{-3, "x", 0.5, false};
  EXPECT_EQ(back<Small>(pack(all)), all);
  EXPECT_EQ(back<Small>(pack(Small{.maybe = std::nullopt}))->maybe, std::nullopt);
}

TEST(Wire, PassesOverFieldsOfLaterVersions) {
  EXPECT_EQ(back<Small>("\x82\xa5later\x91\x81\xa1x\xc0\xa6number\x01")->number, 1);
  EXPECT_EQ(back<Small>("\x81\xa5later\x91"), std::nullopt) << "its value is cut off";
  EXPECT_EQ(back<Small>("\x81\x01\x01"), std::nullopt) << "a name must be a text";
}

TEST(Wire, TakesExactlyOneValue) {
  EXPECT_EQ(back<std::string>("\xa1x"), "x");
  EXPECT_EQ(back<std::string>("\xa1x\xc0"), std::nullopt) << "something comes after it";
  EXPECT_EQ(back<std::string>(""), std::nullopt);
  EXPECT_EQ(back<std::string>("\x01"), std::nullopt);
  EXPECT_EQ(back<bool>("\x01"), std::nullopt);
  EXPECT_EQ(back<double>("\x01"), std::nullopt) << "an integer is no double";
}

TEST(Wire, KeepsDoublesBitByBit) {
  const double nan = std::nan("1");
  for (double x : {0.0, -0.0, 64.0, 5e-324, std::numeric_limits<double>::infinity(), nan}) {
    EXPECT_EQ(pack(x).size(), 9u) << "never as an integer";
    EXPECT_EQ(std::bit_cast<std::uint64_t>(*back<double>(pack(x))),
              std::bit_cast<std::uint64_t>(x));
  }
  EXPECT_NE(pack(Small{.real = -0.0}), pack(Small{})) << "-0.0 is not the default 0.0";
}

TEST(Wire, RefusesIntegersThatDoNotFit) {
  EXPECT_EQ(back<std::uint8_t>(pack(255)), 255);
  EXPECT_EQ(back<std::uint8_t>(pack(256)), std::nullopt);
  EXPECT_EQ(back<std::uint8_t>(pack(-1)), std::nullopt);
  EXPECT_EQ(back<std::int64_t>(pack(std::numeric_limits<std::uint64_t>::max())), std::nullopt);
  EXPECT_EQ(back<std::int64_t>(pack(std::numeric_limits<std::int64_t>::min())),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(back<Value>(pack(std::numeric_limits<std::uint64_t>::max())), std::nullopt);
}

TEST(Wire, RefusesUnknownEnumerators) {
  EXPECT_EQ(back<Colour>(pack(Colour::green)), Colour::green);
  EXPECT_EQ(back<Colour>("\x02"), std::nullopt);
  EXPECT_EQ(back<Colour>("\xff"), std::nullopt);
  EXPECT_EQ(back<Colour>("\xa3red"), std::nullopt);
}

TEST(Wire, ReadsListsUpToItsDepth) {
  Value deep = 1;
  for (std::size_t i = 0; i < max_depth; ++i) deep = Value::List{deep};
  EXPECT_EQ(back<Value>(pack(deep)), deep);
  EXPECT_EQ(back<Value>(pack(Value::List{deep})), std::nullopt);
  EXPECT_EQ(back<Value>(std::string(100'000, '\x91')), std::nullopt);
  const Value wide = Value::List{Value::List{1, "x"}, Value::List{true, 0.5}};
  EXPECT_EQ(back<Value>(pack(wide)), wide) << "lists beside one another";
}

TEST(Wire, ReadsConfigurationsInTheOrderOfTheirNames) {
  const Configuration one{{"a", 1}, {"b", 0.5}}, more{{"a", 1}, {"b", 2}, {"c", "x"}},
      other{{"a", 1}, {"z", 2}};
  for (const auto& configuration : {one, one, more, one, other, Configuration{}, more})
    EXPECT_EQ(back<Configuration>(pack(configuration)), configuration);
  EXPECT_EQ(back<Configuration>("\x82\xa1\x62\x01\xa1\x61\x01"), std::nullopt) << "b before a";
  EXPECT_EQ(back<Configuration>("\x82\xa1\x61\x01\xa1\x61\x01"), std::nullopt) << "a twice";
  EXPECT_EQ(back<Configuration>("\x82\xa1\x61\x01"), std::nullopt) << "cut off";
  EXPECT_EQ(back<Configuration>(pack(one)), one) << "what was refused leaves no trace";
}

TEST(Wire, ReadsMapsAndLists) {
  const std::map<std::string, std::vector<double>> named{{"a", {0.5, 1}}, {"b", {}}};
  EXPECT_EQ((back<std::map<std::string, std::vector<double>>>(pack(named))), named);
  EXPECT_EQ((back<std::vector<std::optional<bool>>>("\x93\xc0\xc2\xc3")),
            (std::vector<std::optional<bool>>{std::nullopt, false, true}));
  EXPECT_EQ(back<std::vector<double>>("\x80"), std::nullopt) << "a map is no list";
}

}  // namespace
}  // namespace sherpa::study::wire
