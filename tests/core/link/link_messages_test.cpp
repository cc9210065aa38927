#include "core/link/link_messages.hpp"

#include "core/study/wire.hpp"
#include "tests/support/messages.hpp"

#include <sherpa/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace sherpa::link {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::one_of_each_message;

constexpr double inf = std::numeric_limits<double>::infinity();

/// [kind, content] with content as it is.
std::string message(std::size_t kind, const std::string& content) {
  return std::string("\x92") + static_cast<char>(kind) + content;
}

std::string error_of(const std::string& bytes) {
  auto read = link::decode(bytes);
  return read ? "nothing" : read.error().message;
}

TEST(LinkMessages, BringEveryKindBack) {
  auto messages = one_of_each_message();
  ASSERT_EQ(messages.size(), std::variant_size_v<link::Message>);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    ASSERT_EQ(messages[i].index(), i);
    auto bytes = link::encode(messages[i]);
    EXPECT_EQ(link::kind_of(bytes), i);
    auto back = link::decode(bytes);
    ASSERT_TRUE(back) << link::message_names[i] << ": " << back.error().message;
    std::visit(
        [&](const auto& was) {
          using T = std::decay_t<decltype(was)>;
          const auto& is = std::get<T>(*back);
          if constexpr (requires { was == is; }) {
            EXPECT_EQ(was, is) << link::message_names[i];
          }
        },
        messages[i]);
    EXPECT_EQ(link::encode(*back), bytes) << link::message_names[i];
  }
  auto batch = std::get<link::Batch>(*link::decode(link::encode(messages[5])));
  ASSERT_EQ(batch.measurements.size(), 2u);
  EXPECT_EQ(batch.token, "secret");
  EXPECT_EQ(batch.number, 5u);
  EXPECT_EQ(batch.measurements[0].iteration, 12);
  EXPECT_EQ(batch.measurements[0].objective, 0.25);
  EXPECT_EQ(batch.measurements[0].context, (Metrics{{"loss", -inf}, {"accuracy", 64}}));
  EXPECT_EQ(batch.measurements[1].iteration, -1);
  EXPECT_TRUE(batch.measurements[1].context.empty());
}

TEST(LinkMessages, BringDefaultsBack) {
  auto back = link::decode(link::encode(
      link::Hello{.study = "s", .worker = {.name = "n", .incarnation = "i"}, .session = 1}));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(std::get<link::Hello>(*back),
            (link::Hello{.study = "s", .worker = {.name = "n", .incarnation = "i"}, .session = 1}));
  EXPECT_EQ(std::get<link::EndOfAttempt>(*link::decode(link::encode(link::EndOfAttempt{1, 1}))),
            (link::EndOfAttempt{1, 1}));
  EXPECT_EQ(std::get<link::Goodbye>(*link::decode(link::encode(link::Goodbye{}))), link::Goodbye{});
}

TEST(LinkMessages, KeepEveryDoubleBitByBit) {
  constexpr double least = std::numeric_limits<double>::denorm_min();
  auto payload = std::bit_cast<double>(0x7ff8'dead'beef'0001u);
  for (double x : {0.0, -0.0, 1.0, 64.0, least, -least, 2.2250738585072009e-308, inf, -inf,
                   std::nan(""), -std::nan(""), payload, std::numeric_limits<double>::max()}) {
    auto bits = std::bit_cast<std::uint64_t>(x);
    auto batch = link::decode(link::encode(link::Batch{1, 1, "t", 1, {{1, x, {{"m", x}}}}}));
    ASSERT_TRUE(batch);
    const auto& seen = std::get<link::Batch>(*batch).measurements.at(0);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(seen.objective), bits);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(seen.context.at("m")), bits);
    auto start = link::decode(link::encode(link::Start{
        .trial = 1, .attempt = 1, .configuration = {{"p", x}}, .resources = {{"gpu", x}}}));
    ASSERT_TRUE(start);
    EXPECT_EQ(
        std::bit_cast<std::uint64_t>(std::get<link::Start>(*start).configuration.at("p").real()),
        bits);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(std::get<link::Start>(*start).resources.at("gpu")),
              bits);
  }
}

TEST(LinkMessages, AreRefusedWhenCutOffAnywhereOrFollowedByMore) {
  for (const auto& whole : one_of_each_message()) {
    auto bytes = link::encode(whole);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      auto read = link::decode(std::string_view(bytes).substr(0, n));
      ASSERT_FALSE(read) << link::message_names[whole.index()] << " of " << n << " bytes";
      EXPECT_EQ(read.error().code, Errc::damaged);
    }
    EXPECT_FALSE(link::decode(bytes + '\xc0')) << link::message_names[whole.index()];
  }
}

TEST(LinkMessages, AreRefusedWithoutWhatTheyNeed) {
  EXPECT_THAT(error_of(link::encode(link::Stop{0, 1})), HasSubstr("Stop: its trial"));
  EXPECT_THAT(error_of(link::encode(link::Settled{1, 0})), HasSubstr("Settled: its attempt"));
  EXPECT_THAT(error_of(link::encode(link::Acknowledged{1, 1, 0})),
              HasSubstr("Acknowledged: its number"));
  EXPECT_THAT(error_of(link::encode(link::Batch{1, 1, "t", 1, {}})), HasSubstr("its measurements"));
  EXPECT_THAT(error_of(link::encode(link::Publish{.trial = 1, .attempt = 1})),
              HasSubstr("its directory"));
  for (const char* elsewhere : {"/etc", "../../..", "checkpoints/1/2", "checkpoints/2/1",
                                "checkpoints/1/1/", "checkpoints/1/1/..", "./checkpoints/1/1"})
    EXPECT_THAT(error_of(link::encode(
                    link::Publish{.trial = 1, .attempt = 1, .token = "t", .directory = elsewhere})),
                HasSubstr("Publish: its directory"))
        << elsewhere;
  EXPECT_THAT(error_of(link::encode(link::Welcome{.epoch = 1})), HasSubstr("Welcome: its study"));
  EXPECT_THAT(error_of(link::encode(link::Welcome{.study = "s"})), HasSubstr("its epoch"));
  const link::Hello good{.study = "s", .worker = {.name = "n", .incarnation = "i"}, .session = 1};
  auto without = [&](auto change) {
    auto hello = good;
    change(hello);
    return error_of(link::encode(hello));
  };
  EXPECT_EQ(without([](link::Hello&) {}), "nothing");
  EXPECT_THAT(without([](link::Hello& h) { h.study.clear(); }), HasSubstr("its study"));
  EXPECT_THAT(without([](link::Hello& h) { h.worker.name.clear(); }),
              HasSubstr("the worker's name"));
  EXPECT_THAT(without([](link::Hello& h) { h.worker.name.assign(256, 'x'); }),
              HasSubstr("the worker's name"));
  EXPECT_THAT(without([](link::Hello& h) { h.worker.incarnation.clear(); }),
              HasSubstr("the worker's incarnation"));
  EXPECT_THAT(without([](link::Hello& h) { h.worker.name = "a\nb"; }),
              HasSubstr("the worker's name"));
  EXPECT_THAT(without([](link::Hello& h) { h.worker.slots = 0; }), HasSubstr("the worker's slots"));
  EXPECT_THAT(without([](link::Hello& h) { h.worker.slots = 65'537; }),
              HasSubstr("the worker's slots"));
  EXPECT_THAT(without([](link::Hello& h) {
                h.worker.resources = {"gpu:0", "\x1b[2J"};
              }),
              HasSubstr("the worker's resources"));
  EXPECT_THAT(without([](link::Hello& h) { h.session = 0; }), HasSubstr("its session"));
  EXPECT_THAT(without([](link::Hello& h) {
                h.running = {{1, 1, ""}, {0, 1, ""}};
              }),
              HasSubstr("an attempt in it"));
  EXPECT_THAT(
      error_of(message(0, study::wire::pack(std::map<std::string, std::string>{{"study", "s"}}))),
      HasSubstr("Hello: its protocol"));
}

TEST(LinkMessages, OfAnotherProtocolAreRefusedWithBothNamed) {
  // Nothing else need be as it is here.
  link::Hello hello{.protocol = 7, .version = "9.0.0"};
  auto read = link::decode(link::encode(hello));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::version);
  EXPECT_THAT(read.error().message,
              AllOf(HasSubstr("the worker speaks protocol 7 (Sherpa '9.0.0')"),
                    HasSubstr("the coordinator protocol 1 (Sherpa ")));
  auto strange = message(0, study::wire::pack(std::map<std::string, std::uint64_t>{
                                {"protocol", 2}, {"study", 1}, {"worker", 9}}));
  EXPECT_EQ(link::decode(strange).error().code, Errc::version);
  EXPECT_EQ(link::decode(link::encode(link::Welcome{.protocol = 2})).error().code, Errc::version);
  auto good = link::encode(
      link::Hello{.study = "s", .worker = {.name = "n", .incarnation = "i"}, .session = 1});
  ++good[2];  // one field more
  EXPECT_THAT(error_of(good + study::wire::pack(std::string("protocol")) + "\x02"),
              HasSubstr("two protocols"));
  auto refused = link::decode(link::encode(link::Refused{.protocol = 7, .message = "go away"}));
  ASSERT_TRUE(refused);
  EXPECT_EQ(std::get<link::Refused>(*refused),
            (link::Refused{.protocol = 7, .message = "go away"}));
}

TEST(LinkMessages, OfWrongTypesAreRefused) {
  for (std::size_t kind = 0; kind < std::variant_size_v<link::Message>; ++kind) {
    for (const std::string& content :
         {std::string("\xc0"), std::string("\x90"), std::string("\x81"),
          std::string("\x81\x01\x01"), std::string("\xc1"),
          study::wire::pack(std::map<std::string, std::string>{
              {"protocol", "1"}, {"trial", "1"}, {"why", "x"}, {"number", "1"}}) +
              "\xc0"})
      EXPECT_FALSE(link::decode(message(kind, content))) << link::message_names[kind];
    // One field after the other of another type.
    std::visit(
        [&]<class T>(const T&) {
          T::fields().for_each([&](const auto& f) {
            std::string fields = "\x82";
            fields += study::wire::pack(std::string("protocol")) + "\x01";
            fields += study::wire::pack(std::string(f.name)) + std::string("\xc4\x01x", 3);
            EXPECT_FALSE(link::decode(message(kind, fields)))
                << link::message_names[kind] << " " << f.name;
          });
        },
        one_of_each_message()[kind]);
  }
  auto fields = [](const std::map<std::string, std::uint64_t>& extra) {
    auto all = extra;
    all.insert({{"trial", 1}, {"attempt", 1}, {"number", 1}});
    return study::wire::pack(all);
  };
  EXPECT_TRUE(link::decode(message(4, fields({{"why", 4}}))));
  EXPECT_FALSE(link::decode(message(4, fields({{"why", 5}}))));
  EXPECT_TRUE(link::decode(message(8, fields({{"code", 10}}))));
  EXPECT_FALSE(link::decode(message(8, fields({{"code", 11}}))));
  EXPECT_FALSE(link::decode(message(11, fields({{"end", 7}}))));
  EXPECT_FALSE(link::decode(message(6, fields({{"attempt", std::uint64_t{1} << 40}}))));
  EXPECT_FALSE(link::decode(message(std::variant_size_v<link::Message>, "\x80")));
  EXPECT_FALSE(link::kind_of("\x92\x7f"));
  EXPECT_FALSE(link::kind_of("\x93\x01"));
  EXPECT_FALSE(link::kind_of(""));
}

TEST(LinkMessages, TakeNoMoreMemoryThanTheirBytesCanFill) {
  auto huge = [](std::string head) {
    return head + std::string("\xdd\xff\xff\xff\xff", 5) + std::string(100, '\x01');
  };
  auto field = [](const std::string& name) {
    return std::string("\x81") + study::wire::pack(name);
  };
  EXPECT_FALSE(link::decode(message(5, huge(field("measurements")))));
  EXPECT_FALSE(link::decode(message(0, huge(field("running")))));
  EXPECT_FALSE(link::decode(message(0, huge(field("functions")))));
  EXPECT_FALSE(link::decode(message(5, std::string("\xdf\xff\xff\xff\xff", 5))));
  EXPECT_FALSE(
      link::decode(message(3, field("configuration") + std::string("\xdf\xff\xff\xff\xff", 5))));
  EXPECT_FALSE(
      link::decode(message(3, field("token") + std::string("\xdb\xff\xff\xff\xff", 5) + "x")));
  // Lists in lists, and unknown fields of any depth.
  EXPECT_FALSE(link::decode(message(
      3, field("configuration") + "\x81\xa1" + "a" + std::string(100'000, '\x91') + "\x01")));
  EXPECT_FALSE(link::decode(message(13, field("later") + std::string(100'000, '\x91'))));
  EXPECT_TRUE(link::decode(message(13, field("later") + std::string(100'000, '\x91') + "\x01")));
}

TEST(LinkMessages, OfAnyBytesAreReadOrRefused) {
  Random random(1);
  auto messages = one_of_each_message();
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = link::encode(messages[random.below(messages.size())]);
    for (auto n = 1 + random.below(3); n > 0; --n)
      bytes[random.below(bytes.size())] = static_cast<char>(random.bits());
    if (auto read = link::decode(bytes)) {
      ++taken;
      auto once = link::encode(*read);
      auto again = link::decode(once);
      ASSERT_TRUE(again) << again.error().message;
      ASSERT_EQ(link::encode(*again), once);
    }
  }
  EXPECT_GT(taken, 0);
}

}  // namespace
}  // namespace sherpa::link
