#include "schedulers/batch/batch_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <utility>

namespace sherpa::schedulers {
namespace {

using testing::ElementsAre;

/// Notes the calls that it receives.
class Notes final : public BatchSystem {
 public:
  explicit Notes(std::vector<std::string>& calls) : calls_(calls) {}
  std::string name() const override { return "Notes"; }
  Result<std::string> submit(const BatchJob&) override { return std::string("1"); }
  Result<JobStates> ask(const std::vector<std::string>&) override { return JobStates(); }
  void kill(const std::vector<std::string>& ids) override {
    for (const auto& id : ids) calls_.push_back("kill " + id);
  }

 private:
  std::vector<std::string>& calls_;
};

TEST(BatchCalls, KillBeforeTheyAskAndAskBeforeTheySubmit) {
  std::vector<std::string> made;
  BatchCalls calls(std::make_unique<Notes>(made));
  std::promise<void> begun, all_posted;
  calls.submit([&](BatchSystem&) {
    begun.set_value();
    all_posted.get_future().wait();
    made.push_back("first");
  });
  begun.get_future().wait();  // from here on calls have to wait
  calls.submit([&](BatchSystem&) { made.push_back("submit"); });
  calls.ask([&](BatchSystem&) { made.push_back("ask"); });
  calls.kill("7");
  calls.kill("8");
  all_posted.set_value();
  calls.finish();
  EXPECT_THAT(made, ElementsAre("first", "kill 7", "kill 8", "ask", "submit"));
}

TEST(BatchCalls, FinishWithoutCalls) {
  std::vector<std::string> made;
  BatchCalls calls(std::make_unique<Notes>(made));
  EXPECT_EQ(calls.system().name(), "Notes");
  calls.finish();
  EXPECT_TRUE(made.empty());
}

}  // namespace
}  // namespace sherpa::schedulers
