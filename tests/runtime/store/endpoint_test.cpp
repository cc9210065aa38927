#include "runtime/store/endpoint.hpp"

#include "core/base/spawn.hpp"
#include "tests/support/scratch.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <fstream>
#include <string>

namespace sherpa::runtime {
namespace {

using testing_support::Scratch;

TEST(Endpoint, IsReadAsItWasWritten) {
  Scratch scratch;
  ASSERT_TRUE(write_endpoint(scratch.path(), "http://10.0.0.1:8880", 3));
  auto read = read_endpoint(scratch.path());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->url, "http://10.0.0.1:8880");
  EXPECT_EQ(read->page, read->url);
  EXPECT_EQ(read->host, base::host_name());
  EXPECT_EQ(read->pid, ::getpid());
  EXPECT_EQ(read->epoch, 3u);
  ASSERT_TRUE(write_endpoint(scratch.path(), "http://10.0.0.1:8880", 4, "https://node1:8443"));
  read = read_endpoint(scratch.path());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->page, "https://node1:8443");
  EXPECT_EQ(read->epoch, 4u);
}

TEST(Endpoint, IsNothingWhereTheFileIsNone) {
  Scratch scratch;
  auto reads = [&](const std::string& text) {
    std::ofstream(scratch / "endpoint") << text;
    return read_endpoint(scratch.path()).has_value();
  };
  EXPECT_FALSE(read_endpoint(scratch.path()));
  for (auto text :
       {"", "{", "[]", "{}", "4711", R"({"url": 3})", R"({"url": null})",
        R"({"url": "http://a:1", "pid": "x"})", R"({"url": "http://a:1", "host": 3})",
        R"({"url": "http://a:1", "epoch": []})", R"({"url": "http://a:1", "page": {}})"})
    EXPECT_FALSE(reads(text)) << text;
  EXPECT_TRUE(reads(R"({"url": "http://a:1"})")) << "the rest is for people";
  EXPECT_TRUE(reads(R"({"url": "http://a:1", "later": [1]})"));
}

TEST(Endpoint, KnowsThePortOfItsAddress) {
  auto port = [](const std::string& url) { return Endpoint{.url = url}.port(); };
  EXPECT_EQ(port("http://127.0.0.1:8880"), 8880);
  EXPECT_EQ(port("http://[::1]:1"), 1);
  EXPECT_EQ(port("http://h:65535"), 65535);
  for (auto url : {"", "http://host", "http://h:0", "http://h:65536", "http://h:x", "http://[::1]",
                   "http://h:80x"})
    EXPECT_EQ(port(url), std::nullopt) << url;
}

TEST(Endpoint, SaysWhereItCannotBeWritten) {
  Scratch scratch;
  auto written = write_endpoint(scratch / "nowhere", "http://a:1", 1);
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find((scratch / "nowhere").string()), std::string::npos);
}

}  // namespace
}  // namespace sherpa::runtime
