#include "schedulers/local/processes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>

namespace sherpa::schedulers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<pid_t> pids(const std::vector<ProcessInfo>& all) {
  std::vector<pid_t> out;
  for (const auto& one : all) out.push_back(one.pid);
  return out;
}

bool is_there(pid_t pid) {
  auto all = pids(processes());
  return std::find(all.begin(), all.end(), pid) != all.end();
}

TEST(Processes, AreThoseOfThisMachine) {
  auto all = processes();
  auto self = std::find_if(all.begin(), all.end(),
                           [](const ProcessInfo& one) { return one.pid == ::getpid(); });
  ASSERT_NE(self, all.end());
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_EQ(self->group, ::getpgrp());
  EXPECT_EQ(self->session, ::getsid(0));
}

TEST(Processes, LeaveOutThoseThatHaveEnded) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(is_there(child)) << "a zombie";
  ::waitpid(child, nullptr, 0);
}

TEST(Processes, KnowTheirDescendants) {
  const std::vector<ProcessInfo> all{{2, 1, 0, 0}, {5, 4, 0, 0}, {3, 2, 0, 0},
                                     {4, 2, 0, 0}, {9, 1, 0, 0}, {6, 5, 0, 0}};
  EXPECT_THAT(pids(descendants(all, 2)), UnorderedElementsAre(3, 4, 5, 6));
  EXPECT_THAT(pids(descendants(all, 5)), ElementsAre(6));
  EXPECT_THAT(pids(descendants(all, 6)), IsEmpty());
  EXPECT_THAT(pids(descendants(all, 77)), IsEmpty());
}

TEST(Processes, WhoseNumbersWereReusedMeanwhileEndTheSearch) {
  const std::vector<ProcessInfo> circle{{2, 3, 0, 0}, {3, 2, 0, 0}};
  EXPECT_THAT(pids(descendants(circle, 2)), ElementsAre(3));
}

}  // namespace
}  // namespace sherpa::schedulers
