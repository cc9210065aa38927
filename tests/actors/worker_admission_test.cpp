#include "actors/worker_admission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::actors {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FakeConnection final : public link::Connection {
 public:
  bool send(const link::Message&) override { return !closed; }
  void close() override { closed = true; }
  void abandon() override { closed = true; }
  std::string address() const override { return "10.0.0.7:4711"; }

  bool closed = false;
};

class WorkerAdmissionTest : public testing::Test {
 protected:
  WorkerAdmissionTest() { make(); }
  void make() {
    admission = std::make_shared<WorkerAdmission>(
        workers,
        PeerEvents{
            .here =
                [this](const std::string& worker, const std::string& incarnation,
                       std::uint64_t session, std::shared_ptr<link::RemoteLauncher> launcher) {
                  events.push_back("here " + worker + " " + incarnation + " " +
                                   std::to_string(session));
                  launchers.push_back(std::move(launcher));
                },
            .alive = [this](const std::string& worker,
                            const std::string&) { events.push_back("alive " + worker); },
            .drains =
                [this](const std::string& worker, const std::string&, const std::string& why) {
                  events.push_back("drains " + worker + ": " + why);
                },
            .lost =
                [this](const std::string& worker, const std::string&, std::uint64_t session,
                       link::Loss, const std::string& why) {
                  events.push_back("lost " + worker + " " + std::to_string(session) + ": " + why);
                },
            .leaves =
                [this](const std::string& worker, const std::string&, link::Goodbye bye) {
                  events.push_back("leaves " + worker + ": " + bye.why);
                }});
  }
  static link::Hello hello(const std::string& name, const std::string& incarnation,
                           std::uint64_t session = 1) {
    link::Hello hello;
    hello.study = "study";
    hello.worker = {.name = name, .incarnation = incarnation, .slots = 1, .outlives = true};
    hello.session = session;
    return hello;
  }
  Result<link::Listener::Welcomed> greet(const link::Hello& hello) {
    connections.push_back(std::make_shared<FakeConnection>());
    return admission->greet(hello, connections.back());
  }
  Error refusal(const link::Hello& hello) {
    auto greeted = greet(hello);
    EXPECT_FALSE(greeted);
    return greeted ? Error{} : greeted.error();
  }

  Workers workers{.welcome = {.study = "study", .epoch = 3}};
  std::vector<std::string> events;
  std::vector<std::shared_ptr<link::RemoteLauncher>> launchers;
  std::vector<std::shared_ptr<FakeConnection>> connections;
  std::shared_ptr<WorkerAdmission> admission;
};

TEST_F(WorkerAdmissionTest, WelcomesAWorkerAndTellsWhatItSays) {
  auto welcomed = greet(hello("one", "a"));
  ASSERT_TRUE(welcomed);
  EXPECT_EQ(welcomed->welcome.epoch, 3u);
  welcomed->handler->alive();
  welcomed->handler->received(link::Drain{"told to"});
  welcomed->handler->received(link::Goodbye{"through", study::End::preempted});
  welcomed->handler->lost(link::Loss::goodbye, "it said goodbye");
  EXPECT_THAT(events, ElementsAre("here one a 1", "alive one", "drains one: told to",
                                  "leaves one: through", "lost one 1: it said goodbye"));
}

TEST_F(WorkerAdmissionTest, RefusesOtherProtocolsAndStudies) {
  auto other = hello("one", "a");
  other.protocol = 99;
  other.version = "9.9";
  EXPECT_EQ(refusal(other).code, Errc::version);
  EXPECT_THAT(refusal(other).message, HasSubstr("version 99 of the protocol (sherpa 9.9)"));
  other = hello("one", "a");
  other.study = "another";
  EXPECT_EQ(refusal(other).code, Errc::refused);
  EXPECT_THAT(refusal(other).message, HasSubstr("give it the join file of this one"));
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(WorkerAdmissionTest, RefusesAHelloThatIsNotWhole) {
  auto check = [&](auto change) {
    auto one = hello("one", "a");
    change(one);
    auto error = refusal(one);
    EXPECT_EQ(error.code, Errc::refused);
    EXPECT_EQ(error.message, "its hello is not whole");
  };
  check([](link::Hello& h) { h.worker.name.clear(); });
  check([](link::Hello& h) { h.worker.incarnation.clear(); });
  check([](link::Hello& h) { h.worker.slots = 0; });
  check([](link::Hello& h) { h.session = 0; });
  check([](link::Hello& h) { h.worker.outlives = false; });
}

TEST_F(WorkerAdmissionTest, AsksWhetherAWorkerIsOfUse) {
  workers.admit = [](const link::Hello& hello) -> Result<void> {
    if (hello.functions.empty()) return Error{Errc::refused, "it has not the function"};
    return {};
  };
  make();
  EXPECT_EQ(refusal(hello("one", "a")).message, "it has not the function");
  auto able = hello("one", "a");
  able.functions = {"train"};
  EXPECT_TRUE(greet(able));
}

TEST_F(WorkerAdmissionTest, TakesJobsOnlyWhereThereAreAny) {
  auto job = hello("one", "a");
  job.role = link::Role::job;
  EXPECT_THAT(refusal(job).message, HasSubstr("expects workers, and no jobs"));
  int greeted = 0;
  workers.jobs = [&](const link::Hello&, const std::shared_ptr<link::Connection>&)
      -> Result<std::shared_ptr<link::ConnectionHandler>> {
    if (++greeted == 1) return Error{Errc::refused, "its attempt has ended"};
    return std::shared_ptr<link::ConnectionHandler>();
  };
  make();
  EXPECT_EQ(refusal(job).message, "its attempt has ended");
  EXPECT_TRUE(greet(job));
  EXPECT_THAT(events, IsEmpty()) << "a job is no worker";
  admission->close();
  EXPECT_EQ(refusal(job).code, Errc::wrong_state);
}

TEST_F(WorkerAdmissionTest, KeepsTheLauncherOfAWorkerThatComesBack) {
  ASSERT_TRUE(greet(hello("one", "a", 1)));
  ASSERT_TRUE(greet(hello("one", "a", 2)));
  EXPECT_EQ(launchers.at(0), launchers.at(1));
  EXPECT_EQ(refusal(hello("one", "a", 2)).message, "it has a newer connection already");
  admission->forget("one", "b");
  ASSERT_TRUE(greet(hello("one", "a", 3)));
  EXPECT_EQ(launchers.at(2), launchers.at(0)) << "another start of it was forgotten";
  admission->forget("one", "a");
  ASSERT_TRUE(greet(hello("one", "a", 4)));
  EXPECT_NE(launchers.at(3), launchers.at(0));
}

TEST_F(WorkerAdmissionTest, GivesANameToAnotherOnceItsHolderIsGone) {
  auto first = greet(hello("one", "a"));
  ASSERT_TRUE(first);
  EXPECT_EQ(refusal(hello("one", "b")).code, Errc::wrong_state) << "it may dial again";
  first->handler->lost(link::Loss::silent, "");
  EXPECT_TRUE(greet(hello("one", "b")));
  EXPECT_NE(launchers.at(1), launchers.at(0));
}

TEST_F(WorkerAdmissionTest, RefusesANameForGoodOnceItsHolderShowsASignOfLife) {
  auto first = greet(hello("one", "a"));
  ASSERT_TRUE(first);
  first->handler->alive();
  auto error = refusal(hello("one", "b"));
  EXPECT_EQ(error.code, Errc::wrong_state);
  EXPECT_THAT(error.message, HasSubstr("from 10.0.0.7:4711; should it be dead"));
  first->handler->alive();
  EXPECT_EQ(refusal(hello("one", "c")).code, Errc::wrong_state) << "counted for each rival";
  EXPECT_EQ(refusal(hello("one", "b")).code, Errc::wrong_state);
  first->handler->alive();
  error = refusal(hello("one", "b"));
  EXPECT_EQ(error.code, Errc::refused);
  EXPECT_THAT(error.message, HasSubstr("give this one another name with --name"));
}

TEST_F(WorkerAdmissionTest, TellsNobodyAnythingOnceItIsClosed) {
  auto welcomed = greet(hello("one", "a"));
  ASSERT_TRUE(welcomed);
  events.clear();
  admission->close();
  EXPECT_TRUE(connections.front()->closed);
  welcomed->handler->alive();
  welcomed->handler->lost(link::Loss::here, "");
  EXPECT_EQ(refusal(hello("two", "b")).code, Errc::wrong_state);
  EXPECT_THAT(events, IsEmpty());
}

}  // namespace
}  // namespace sherpa::actors
