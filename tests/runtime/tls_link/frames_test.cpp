#include "runtime/tls_link/frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace sherpa::runtime::tls_link {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string framed(const std::string& bytes) {
  std::string head;
  for (int shift = 24; shift >= 0; shift -= 8) head += static_cast<char>(bytes.size() >> shift);
  return head + bytes;
}

/// A reader, and what it has cut out.
struct Cut {
  FrameReader reader{};
  std::vector<std::string> frames{};
  std::size_t most = 1000;

  std::optional<std::size_t> read(std::string_view bytes) {
    return reader.read(
        bytes, [this] { return most; },
        [this](std::string_view one) {
          frames.emplace_back(one);
          return one != "stop";
        });
  }
};

TEST(Frames, BeginWithTheirLength) {
  const link::Message message = link::Heartbeat{7};
  auto bytes = link::encode(message);
  EXPECT_EQ(frame(message), framed(bytes));
}

TEST(FrameReader, FindsTheSameFramesHoweverTheyArrive) {
  const std::string all = framed("one") + framed(std::string(300, 'x')) + framed("3");
  for (std::size_t part = 1; part <= all.size(); ++part) {
    Cut cut;
    for (std::size_t at = 0; at < all.size(); at += part)
      ASSERT_EQ(cut.read(std::string_view(all).substr(at, part)), std::nullopt);
    ASSERT_THAT(cut.frames, ElementsAre("one", std::string(300, 'x'), "3")) << part;
  }
}

TEST(FrameReader, RefusesALengthBeforeItsBytesHaveCome) {
  Cut cut;
  EXPECT_EQ(cut.read(framed("a") + std::string("\xff\xff\xff\xff", 4)),
            std::numeric_limits<std::uint32_t>::max());
  EXPECT_THAT(cut.frames, ElementsAre("a")) << "what was whole before it";
  EXPECT_EQ(Cut{.most = 3}.read(framed("abc")), std::nullopt);
  EXPECT_EQ(Cut{.most = 3}.read(framed("abcd")), 4u);
  EXPECT_EQ(Cut{}.read(framed("")), 0u) << "an empty message is none";
}

TEST(FrameReader, AsksForTheLimitOfEachFrame) {
  FrameReader reader;
  std::size_t most = 2;
  std::vector<std::string> frames;
  auto refused = reader.read(
      framed("ab") + framed(std::string(50, 'x')), [&] { return most; },
      [&](std::string_view one) {
        frames.emplace_back(one);
        most = 50;  // hello was heard
        return true;
      });
  EXPECT_EQ(refused, std::nullopt);
  EXPECT_EQ(frames.size(), 2u);
}

TEST(FrameReader, ReadsNothingAfterAFrameThatEndsIt) {
  Cut cut;
  EXPECT_EQ(cut.read(framed("stop") + framed("")), std::nullopt);
  EXPECT_THAT(cut.frames, ElementsAre("stop"));
}

TEST(FrameReader, WaitsForWholeLengths) {
  Cut cut;
  EXPECT_EQ(cut.read({}), std::nullopt);
  EXPECT_EQ(cut.read(std::string_view("\0\0", 2)), std::nullopt);
  EXPECT_EQ(cut.read(std::string_view("\0\1", 2)), std::nullopt);
  EXPECT_THAT(cut.frames, IsEmpty());
  EXPECT_EQ(cut.read("z"), std::nullopt);
  EXPECT_THAT(cut.frames, ElementsAre("z"));
}

}  // namespace
}  // namespace sherpa::runtime::tls_link
