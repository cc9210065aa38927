#include "runtime/tls_link/join_file.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::runtime::tls_link {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing_support::read_file;
using testing_support::Scratch;

fs::perms mode_of(const fs::path& file) { return fs::status(file).permissions() & fs::perms::all; }

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

tls_link::JoinFile example() {
  auto authority = tls_link::Authority::make("study").or_throw();
  return {.study = "study",
          .epoch = 3,
          .addresses = {"10.0.0.1", "node1"},
          .port = 4711,
          .authority = authority.certificate(),
          .worker = authority.issue(tls_link::Party::worker).or_throw()};
}

TEST(JoinFile, IsReadAsItWasWrittenAndItsOwnersAlone) {
  Scratch scratch;
  write(scratch / "join", "an old one that anybody could read");
  auto join = example();
  ASSERT_TRUE(tls_link::write_join_file(scratch / "join", join));
  EXPECT_EQ(mode_of(scratch / "join"), fs::perms::owner_read | fs::perms::owner_write);
  auto read = tls_link::read_join_file(scratch / "join").or_throw();
  EXPECT_EQ(read.study, join.study);
  EXPECT_EQ(read.epoch, 3u);
  EXPECT_EQ(read.addresses, join.addresses);
  EXPECT_EQ(read.port, 4711);
  EXPECT_EQ(read.authority, join.authority);
  EXPECT_EQ(read.worker.certificate, join.worker.certificate);
  EXPECT_EQ(read.worker.key, join.worker.key);
}

TEST(JoinFile, SaysInOneLineWhatIsWrongWithIt) {
  Scratch scratch;
  auto file = scratch / "join";
  auto error = [&] {
    auto read = tls_link::read_join_file(file);
    EXPECT_FALSE(read);
    auto message = read ? "" : read.error().message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
    return message;
  };
  EXPECT_THAT(error(), AllOf(HasSubstr("join': there is no such file"),
                             HasSubstr("copy the study's newest file")));
  ASSERT_TRUE(tls_link::write_join_file(file, example()));
  const auto good = read_file(file);
  for (std::size_t n = 0; n + 2 < good.size(); n += 37) {
    write(file, good.substr(0, n));
    EXPECT_THAT(error(), HasSubstr("it is no join file"));
  }
  auto with = [&](const std::string& was, const std::string& is) {
    auto text = good;
    auto at = text.find(was);
    EXPECT_NE(at, std::string::npos) << was;
    write(file, text.replace(at, was.size(), is));
    return error();
  };
  EXPECT_THAT(with("\"port\"", "\"porto\""), HasSubstr("'port' is missing"));
  EXPECT_THAT(with("4711", "70000"), HasSubstr("'port' is not what it should be"));
  EXPECT_THAT(with("4711", "\"x\""), HasSubstr("'port' is not what it should be"));
  EXPECT_THAT(with("\"epoch\": 3", "\"epoch\": 0"), HasSubstr("'epoch'"));
  EXPECT_THAT(with("\"study\": \"study\"", "\"study\": \"\""), HasSubstr("'study'"));
  EXPECT_THAT(with("\"node1\"", "1"), HasSubstr("'addresses'"));
  EXPECT_THAT(with("BEGIN PRIVATE", "BEGIN PUBLIC"), HasSubstr("'key'"));
  EXPECT_THAT(with("BEGIN CERT", "BEGIN CRET"), HasSubstr("'authority'"));
  EXPECT_THAT(with("\"sherpa\": 1", "\"sherpa\": 2"), HasSubstr("is of version 2"));
  write(file, std::string(100'000, ' '));
  EXPECT_THAT(error(), HasSubstr("too large"));
}

TEST(JoinFile, NamesThisHost) {
  EXPECT_EQ(tls_link::addresses_of("10.1.2.3"), std::vector<std::string>{"10.1.2.3"});
  EXPECT_THAT(tls_link::addresses_of(""), Contains("127.0.0.1"));
  for (const auto& address : tls_link::addresses_of("0.0.0.0"))
    EXPECT_EQ(address.find(':'), std::string::npos) << address;
}

}  // namespace
}  // namespace sherpa::runtime::tls_link
