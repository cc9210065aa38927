#include "core/base/console.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <string>

namespace sherpa::base {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// A pipe with room for one page.
class ConsoleTest : public testing::Test {
 protected:
  ConsoleTest() {
    EXPECT_EQ(pipe2(pipe_.data(), O_CLOEXEC), 0);
    EXPECT_GE(fcntl(pipe_[1], F_SETPIPE_SZ, 4096), 4096);
  }
  ~ConsoleTest() override {
    close_reader();
    close(pipe_[1]);
  }
  void close_reader() {
    if (pipe_[0] >= 0) close(pipe_[0]);
    pipe_[0] = -1;
  }
  /// What is in the pipe now.
  std::string read_all() {
    fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
    std::string text;
    std::array<char, 4096> part{};
    for (ssize_t size = 0; (size = read(pipe_[0], part.data(), part.size())) > 0;)
      text.append(part.data(), static_cast<std::size_t>(size));
    return text;
  }
  int descriptor() const { return pipe_[1]; }

 private:
  std::array<int, 2> pipe_{-1, -1};
};

TEST_F(ConsoleTest, WritesAtOnceWhereThereIsRoom) {
  Console console(descriptor());
  console.write("one\n");
  console.write("two\n");
  EXPECT_EQ(read_all(), "one\ntwo\n");
}

TEST_F(ConsoleTest, KeepsWhatFindsNoRoomAndWritesItBeforeLaterText) {
  Console console(descriptor());
  const std::string first(5000, 'a');
  console.write(first);
  console.write("b\n");
  auto text = read_all();
  EXPECT_LT(text.size(), first.size()) << "the pipe was full";
  console.write("c\n");
  text += read_all();
  EXPECT_EQ(text, first + "b\nc\n");
}

TEST_F(ConsoleTest, DropsWhatIsTooMuchAndSaysHowMuch) {
  Console console(descriptor());
  const std::string block(100'000, 'x');
  for (int i = 0; i < 4; ++i) console.write(block);
  std::string text;
  for (std::string more; !(more = read_all()).empty();) {
    text += more;
    console.flush(Duration::zero());
  }
  console.write("last\n");
  text += read_all();
  EXPECT_THAT(text, StartsWith(block));
  EXPECT_THAT(text, EndsWith("last\n"));
  EXPECT_THAT(text, HasSubstr("00000 bytes of output are missing here\n"));
  EXPECT_LT(text.size(), 4 * block.size());
}

TEST_F(ConsoleTest, DropsFramesWhileTextIsWaiting) {
  Console console(descriptor());
  console.write(std::string(5000, 'a'));
  EXPECT_FALSE(console.draw("frame"));
  read_all();
  EXPECT_TRUE(console.draw("frame"));
  EXPECT_THAT(read_all(), EndsWith("frame"));
}

TEST_F(ConsoleTest, AReaderThatIsGoneEndsNothing) {
  close_reader();
  Console console(descriptor());
  console.write("lost\n");
  EXPECT_TRUE(console.draw("lost, too"));
}

TEST_F(ConsoleTest, LeavesTheDescriptorOfOthersAsItIs) {
  Console console(descriptor());
  console.write("text");
  EXPECT_EQ(fcntl(descriptor(), F_GETFL) & O_NONBLOCK, 0);
}

}  // namespace
}  // namespace sherpa::base
