#include "runtime/coordinator/study_steering.hpp"

#include "tests/support/recorder.hpp"

#include <gtest/gtest.h>

#include <future>
#include <variant>
#include <vector>

namespace sherpa::runtime {
namespace {

using testing_support::Recorder;
namespace command = study::command;

TEST(StudySteering, DoesWhatItIsToldOneAfterTheOther) {
  std::vector<std::size_t> done;
  StudySteering steering(StudySteering::Study{
      .act = [&](const study::SteeringCommand& what) { done.push_back(what.index()); },
      .progress = [] { return Progress{}; },
      .results = [] { return Results(); }});
  Recorder<Result<void>> first, second;
  steering.steer(command::Pause{}, std::ref(first));
  steering.steer(command::Resume{}, std::ref(second));
  EXPECT_TRUE(second.wait());
  EXPECT_TRUE(first.yet());
  EXPECT_EQ(done, (std::vector<std::size_t>{0, 1}));
}

TEST(StudySteering, SaysWhyItIsRefused) {
  StudySteering steering(
      StudySteering::Study{.act =
                               [](const study::SteeringCommand&) {
                                 throw Exception({Errc::wrong_state, "it is paused already"});
                               },
                           .progress = []() -> Progress {
                             throw Exception({Errc::store, "the disk is full"});
                           },
                           .results = [] { return Results(); }});
  Recorder<Result<void>> steered;
  steering.steer(command::Pause{}, std::ref(steered));
  auto how = steered.wait();
  ASSERT_FALSE(how);
  EXPECT_EQ(how.error().code, Errc::wrong_state);
  EXPECT_EQ(how.error().message, "it is paused already");
  Recorder<Result<Progress>> shown;
  steering.progress(std::ref(shown));
  EXPECT_EQ(shown.wait().error().code, Errc::store);
}

TEST(StudySteering, AnswersAllThatStillWaitsWhenItEnds) {
  std::promise<void> begun, go;
  Recorder<Result<void>> running, waiting;
  Recorder<Result<Progress>> shown;
  auto steering = std::make_unique<StudySteering>(StudySteering::Study{
      .act =
          [&, may = go.get_future().share()](const study::SteeringCommand& what) {
            if (!std::holds_alternative<command::Pause>(what)) return;
            begun.set_value();
            may.wait();
          },
      .progress = [] { return Progress{}; },
      .results = [] { return Results(); }});
  steering->steer(command::Pause{}, std::ref(running));
  begun.get_future().wait();
  steering->steer(command::Resume{}, std::ref(waiting));
  steering->progress(std::ref(shown));
  std::promise<void> ending;
  auto ended = std::async(std::launch::async, [&] {
    ending.set_value();
    steering.reset();
  });
  ending.get_future().wait();
  EXPECT_FALSE(waiting.yet());
  go.set_value();
  ended.wait();
  EXPECT_TRUE(running.wait()) << "what had begun is done";
  for (bool told : {waiting.yet(), shown.yet()}) EXPECT_TRUE(told) << "nobody waits for ever";
}

}  // namespace
}  // namespace sherpa::runtime
