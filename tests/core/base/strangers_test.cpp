#include "core/base/strangers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sherpa::base {
namespace {

struct Connection {
  explicit Connection(bool spoke = false) : spoke_(spoke) {}
  bool spoke() const { return spoke_; }
  bool spoke_;
};
using All = Strangers<Connection, std::string>;

std::shared_ptr<Connection> add(All& all, const std::string& address, bool spoke = false) {
  auto made = std::make_shared<Connection>(spoke);
  all.add(made, address);
  return made;
}

TEST(Strangers, DisplacesNobodyWhileThereIsRoom) {
  All all({.all = 3, .per_address = 2});
  EXPECT_EQ(all.oldest(), nullptr);
  EXPECT_EQ(all.to_displace("a"), nullptr);
  auto first = add(all, "a");
  EXPECT_EQ(all.to_displace("a"), nullptr);
  EXPECT_EQ(all.oldest(), first);
  EXPECT_EQ(all.size(), 1u);
}

TEST(Strangers, DisplacesTheOldestOfAnAddressThatHasItsShare) {
  All all({.all = 9, .per_address = 2});
  add(all, "b");
  auto first = add(all, "a"), second = add(all, "a");
  EXPECT_EQ(all.to_displace("a"), first);
  EXPECT_EQ(all.to_displace("b"), nullptr);
  EXPECT_EQ(all.to_displace("c"), nullptr);
  all.remove(*first);
  EXPECT_EQ(all.to_displace("a"), nullptr);
  add(all, "a");
  EXPECT_EQ(all.to_displace("a"), second);
}

TEST(Strangers, DisplacesTheOldestOfAllWhereThereAreTooManyInAll) {
  All all({.all = 2, .per_address = 2});
  auto first = add(all, "a");
  add(all, "b");
  EXPECT_EQ(all.to_displace("c"), first);
  all.remove(*first);
  EXPECT_EQ(all.to_displace("c"), nullptr);
}

TEST(Strangers, DisplacesTheSilentFirst) {
  All all({.all = 3, .per_address = 3});
  auto first = add(all, "a", true), second = add(all, "a"), third = add(all, "a");
  EXPECT_EQ(all.to_displace("a"), second);
  second->spoke_ = true;
  EXPECT_EQ(all.to_displace("a"), third);
  third->spoke_ = true;
  EXPECT_EQ(all.to_displace("a"), first) << "all spoke: the oldest";
}

TEST(Strangers, TakesNoNoticeOfOneThatIsNoStranger) {
  All all({.all = 1, .per_address = 1});
  auto first = add(all, "a");
  all.remove(Connection());
  EXPECT_EQ(all.size(), 1u);
  all.clear();
  EXPECT_EQ(all.size(), 0u);
  EXPECT_EQ(all.to_displace("a"), nullptr);
}

TEST(Strangers, LeaveMostDescriptorsToOthers) {
  const StrangerLimits limits{.all = 512, .per_address = 128};
  EXPECT_EQ(limits.within(20'000).all, 512u);
  EXPECT_EQ(limits.within(20'000).per_address, 128u);
  EXPECT_EQ(limits.within(1024).all, 128u);
  EXPECT_EQ(limits.within(1024).per_address, 64u);
  EXPECT_EQ(limits.within(3).all, 1u);
  EXPECT_EQ(limits.within(3).per_address, 1u);
}

}  // namespace
}  // namespace sherpa::base
