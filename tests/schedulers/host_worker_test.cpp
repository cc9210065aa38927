#include "schedulers/host_worker.hpp"

#include "core/base/spawn.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sherpa::schedulers {
namespace {

using testing::HasSubstr;
using testing_support::Scratch;

class HostWorkerTest : public testing::Test {
 protected:
  study::Worker worker(std::uint32_t slots, std::vector<std::string> resources = {},
                       const std::string& name = {}) {
    return host_worker(scratch.path(), slots, std::move(resources), name).or_throw();
  }
  Scratch scratch;
};

TEST_F(HostWorkerTest, IsThisHostUnlessItHasAName) {
  auto here = worker(2);
  EXPECT_EQ(here.name, base::host_name());
  EXPECT_EQ(here.slots, 2u);
  EXPECT_TRUE(here.outlives);
  EXPECT_FALSE(here.incarnation.empty());
  EXPECT_EQ(worker(2, {}, "gpus").name, "gpus");
}

TEST_F(HostWorkerTest, IsTheSameOneAfterARestart) {
  EXPECT_EQ(worker(2, {"gpu0", "gpu1"}), worker(2, {"gpu0", "gpu1"}));
}

TEST_F(HostWorkerTest, IsAnotherStartWhenItOffersSomethingElse) {
  auto first = worker(2, {"gpu0"});
  auto more = worker(3, {"gpu0"});
  EXPECT_NE(more.incarnation, first.incarnation);
  auto other = worker(3, {"gpu1"});
  EXPECT_NE(other.incarnation, more.incarnation);
  EXPECT_NE(worker(3, {"gpu1"}, "renamed").incarnation, other.incarnation);
}

TEST_F(HostWorkerTest, BeginsAnewWhereItsFileIsNone) {
  auto first = worker(1);
  for (const std::string text : {"", "{", "[]", R"({"name": 3})", R"({"incarnation": ""})"}) {
    std::ofstream(scratch / "worker") << text;
    auto next = worker(1);
    EXPECT_FALSE(next.incarnation.empty()) << text;
    EXPECT_NE(next.incarnation, first.incarnation) << text;
    EXPECT_EQ(worker(1), next) << text;
  }
}

TEST_F(HostWorkerTest, SaysWhereItCannotWrite) {
  auto made = host_worker(scratch / "nowhere", 1, {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::store);
  EXPECT_THAT(made.error().message, HasSubstr((scratch / "nowhere").string()));
}

}  // namespace
}  // namespace sherpa::schedulers
