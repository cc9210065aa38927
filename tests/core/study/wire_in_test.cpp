#include "core/study/wire_in.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <optional>
#include <string>

namespace sherpa::study::wire {
namespace {

using Type = In::Type;

std::string bytes(std::initializer_list<int> all) {
  std::string out;
  for (int one : all) out += static_cast<char>(one);
  return out;
}

/// The first value, whose head must be all there is unless it is a list or a map.
In::Item first(const std::string& text) {
  In in(text);
  In::Item item;
  EXPECT_TRUE(in.next(item));
  EXPECT_TRUE(in.at_end() || item.type == Type::array || item.type == Type::map);
  return item;
}

bool refuses(const std::string& text) {
  In in(text);
  In::Item item;
  return !in.next(item);
}

TEST(WireIn, ReadsIntegersOfEverySize) {
  EXPECT_EQ(first(bytes({0x00})).bits, 0u);
  EXPECT_EQ(first(bytes({0x7f})).bits, 127u);
  EXPECT_EQ(first(bytes({0xcc, 0xff})).bits, 255u);
  EXPECT_EQ(first(bytes({0xcd, 0x01, 0x02})).bits, 0x102u);
  EXPECT_EQ(first(bytes({0xce, 1, 2, 3, 4})).bits, 0x1020304u);
  EXPECT_EQ(first("\xcf" + std::string(8, '\xff')).bits, std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(first("\xcf" + std::string(8, '\xff')).negative);
  auto as_signed = [](const std::string& text) {
    auto item = first(text);
    EXPECT_EQ(item.type, Type::integer);
    EXPECT_EQ(item.negative, static_cast<std::int64_t>(item.bits) < 0);
    return static_cast<std::int64_t>(item.bits);
  };
  EXPECT_EQ(as_signed(bytes({0xff})), -1);
  EXPECT_EQ(as_signed(bytes({0xe0})), -32);
  EXPECT_EQ(as_signed(bytes({0xd0, 0x80})), -128);
  EXPECT_EQ(as_signed(bytes({0xd0, 0x7f})), 127);
  EXPECT_EQ(as_signed(bytes({0xd1, 0xff, 0xfe})), -2);
  EXPECT_EQ(as_signed(bytes({0xd2, 0x80, 0, 0, 0})), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(as_signed("\xd3\x80" + std::string(7, '\0')), std::numeric_limits<std::int64_t>::min());
}

TEST(WireIn, ReadsWhatStandsAlone) {
  EXPECT_EQ(first(bytes({0xc0})).type, Type::nil);
  EXPECT_EQ(first(bytes({0xc2})).bits, 0u);
  EXPECT_EQ(first(bytes({0xc3})).bits, 1u);
  EXPECT_EQ(first(bytes({0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0})).bits, 0x3ff0000000000000u);
  const std::string long_text(300, 'x');
  EXPECT_EQ(first("\xa1x").text, "x");
  EXPECT_EQ(first("\xa0").text, "");
  EXPECT_EQ(first("\xd9\x02xy").text, "xy");
  EXPECT_EQ(first("\xda\x01\x2c" + long_text).text, long_text);
  EXPECT_EQ(first(bytes({0xdb, 0, 0, 0, 1}) + "z").text, "z");
  EXPECT_EQ(first("\xc4\x02xy").text, "xy") << "binary";
  EXPECT_EQ(first("\xc4\x02xy").type, Type::other);
  EXPECT_EQ(first("\xd4\x01x").type, Type::other) << "an extension of one byte";
  EXPECT_EQ(first("\xca" + std::string(4, '\0')).type, Type::other) << "a float";
}

TEST(WireIn, CountsWhatIsInListsAndMaps) {
  EXPECT_EQ(first("\x92\xc0\xc0").bits, 2u);
  EXPECT_EQ(first("\x81\xa1x\x01").type, Type::map);
  EXPECT_EQ(first(bytes({0xdc, 0, 1, 0xc0})).bits, 1u);
  EXPECT_EQ(first(bytes({0xdd, 0, 0, 0, 1, 0xc0})).bits, 1u);
  EXPECT_EQ(first(bytes({0xde, 0, 1, 0xa1, 'x', 0xc0})).bits, 1u);
  EXPECT_EQ(first(bytes({0xdf, 0, 0, 0, 1, 0xa1, 'x', 0xc0})).bits, 1u);
}

TEST(WireIn, RefusesMoreThanItsBytesCanHold) {
  EXPECT_TRUE(refuses(""));
  EXPECT_TRUE(refuses("\xc1")) << "never used";
  EXPECT_TRUE(refuses("\x92\xc0")) << "two items in one byte";
  EXPECT_TRUE(refuses(bytes({0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0})));
  EXPECT_TRUE(refuses(bytes({0xdf, 0xff, 0xff, 0xff, 0xff, 0xc0})));
  EXPECT_TRUE(refuses("\xa2x"));
  EXPECT_TRUE(refuses(bytes({0xdb, 0xff, 0xff, 0xff, 0xff}) + "x"));
  EXPECT_TRUE(refuses("\xd9")) << "without its length";
  EXPECT_TRUE(refuses("\xcd\x01"));
  EXPECT_TRUE(refuses(std::string("\xdd\x00\x10\x00\x01", 5) + std::string(max_items + 1, '\xc0')))
      << "more items than anything of ours has";
}

TEST(WireIn, PassesOverAValueWithAllThatIsInIt) {
  auto rest = [](const std::string& text) -> std::optional<std::uint64_t> {
    In in(text);
    if (!in.skip()) return {};
    In::Item item;
    return in.next(item) && in.at_end() ? std::optional(item.bits) : std::nullopt;
  };
  EXPECT_EQ(rest("\xc0\x07"), 7u);
  EXPECT_EQ(rest("\xa3xyz\x07"), 7u);
  EXPECT_EQ(rest("\x93\x01\x91\x02\x82\xa1x\xc0\xa1y\x90\x07"), 7u);
  EXPECT_EQ(rest("\x92\x01"), std::nullopt) << "cut off";
  EXPECT_EQ(rest(std::string(100'000, '\x91')), std::nullopt) << "deep, and without an end";
  EXPECT_EQ(rest(std::string(100'000, '\x91') + "\xc0\x07"), 7u) << "deep: nothing is on the stack";
}

TEST(WireIn, TakesANilOnlyWhereThereIsOne) {
  In in("\xc0\x01");
  EXPECT_TRUE(in.take_nil());
  EXPECT_FALSE(in.take_nil());
  In::Item item;
  EXPECT_FALSE(in.next(Type::text, item));
  EXPECT_TRUE(in.at_end());
  EXPECT_FALSE(in.take_nil());
}

}  // namespace
}  // namespace sherpa::study::wire
