#include "runtime/coordinator/study_page.hpp"

#include "tests/support/scratch.hpp"
#include "tests/support/visitor.hpp"
#include "tests/support/web_socket.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <future>
#include <optional>

namespace sherpa {
namespace {

using namespace testing_support;
using nlohmann::json;
using testing::HasSubstr;

StudySetup watched(std::filesystem::path output_dir) {
  return {.parameters = {Continuous{"lr", {1e-4, 1e-1}, Scale::log}},
          .algorithm = RandomSearch{.max_num_trials = 3},
          .lower_is_better = true,
          .output_dir = std::move(output_dir),
          .random_seed = 7,
          .dashboard = Dashboard{}};
}

Trial take(Study& study) { return std::get<Trial>(study.get_suggestion()); }

class StudyLoopPage : public testing::Test {
 protected:
  RecordedErrors errors;
  Scratch scratch;
  std::optional<Study> study{watched(scratch / "s")};
  Visitor visitor{scratch / "s"};
};

TEST_F(StudyLoopPage, SaysWhereItIs) {
  EXPECT_THAT(errors.text(), HasSubstr("dashboard      http://127.0.0.1:"));
  EXPECT_THAT(errors.text(), HasSubstr("ssh -N -L"));
  auto reply = Visitor::by_link(errors.text()).get("/study");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json::parse(reply.body)["name"], "s");
  EXPECT_EQ(visitor.get("/elsewhere").status, 404);
}

TEST_F(StudyLoopPage, StopsATrial) {
  auto trial = take(*study);
  EXPECT_FALSE(study->should_trial_stop(trial));
  EXPECT_EQ(visitor.post("/study/stop", R"({"trial": 1})").status, 200);
  EXPECT_TRUE(study->should_trial_stop(trial));
  EXPECT_EQ(visitor.post("/study/stop", R"({"trial": 9})").status, 409);
}

TEST_F(StudyLoopPage, PausesTheLoopAndLetsItGoOn) {
  EXPECT_EQ(visitor.post("/study/pause").status, 200);
  auto seen = std::async(std::launch::async, [&] {
    int trials = 0;
    for (Trial& trial : *study) {
      study->add_observation(trial, {.objective = 1});
      study->finalize(trial);
      ++trials;
    }
    return trials;
  });
  EXPECT_EQ(json::parse(visitor.get("/study").body)["completed"], 0);
  EXPECT_EQ(visitor.post("/study/enqueue", R"({"parameters": {"lr": 0.05}})").status, 200);
  EXPECT_EQ(visitor.post("/study/enqueue", R"({"parameters": {"lr": 5}})").status, 400);
  EXPECT_EQ(visitor.post("/study/resume").status, 200);
  EXPECT_EQ(seen.get(), 4);
  EXPECT_THAT(visitor.get("/study/results.csv").body, HasSubstr("0.05"));
}

TEST(StudyPage, ListensWhereItDidBefore) {
  RecordedErrors errors;
  Scratch scratch;
  auto setup = watched(scratch / "s");
  auto free = dashboard::HttpServer::open({.first_port = 0, .last_port = 0}, {})
                  .or_throw();  // where no other study looks for one
  setup.dashboard->port = free->port();
  free.reset();
  { Study study(setup); }
  const auto port = std::exchange(setup.dashboard->port, std::nullopt);
  Study study(setup);
  EXPECT_EQ(Visitor(scratch / "s").port(), port);
}

TEST_F(StudyLoopPage, ShowsEverythingToTheEnd) {
  Browser browser(visitor.port(), "/api/v1/feed",
                  {{"Authorization", "Bearer " + read_file(scratch / "s/token").substr(0, 64)}});
  EXPECT_EQ(json::parse(browser.receive().bytes)["study"]["name"], "s");
  auto last_number = std::async(std::launch::async, [&] {
    study::Seq last = 0;
    for (auto message = browser.receive(); !message.bytes.empty(); message = browser.receive())
      if (message.binary) last = end_of_frame(message.bytes);
    return last;
  });
  for (Trial& trial : *study) {
    study->add_observation(trial, {.objective = 1});
    study->finalize(trial);
  }
  study.reset();
  study.emplace(watched(scratch / "s"));  // what is stored is what was shown
  Browser again(Visitor(scratch / "s").port(), "/api/v1/feed",
                {{"Authorization", "Bearer " + read_file(scratch / "s/token").substr(0, 64)}});
  EXPECT_EQ(last_number.get(), json::parse(again.receive().bytes)["number"]);
}

TEST(StudyPage, ShowsAStudyInMemory) {
  RecordedErrors errors;
  Study study(watched({}));
  auto visitor = Visitor::by_link(errors.text());
  auto trial = take(study);
  study.add_observation(trial, {.objective = 2.5, .iteration = 1});
  auto state = json::parse(visitor.get("/study").body);
  EXPECT_EQ(state["running"][0]["objective"], 2.5);
  Browser browser(visitor.port(), "/api/v1/feed",
                  {{"Cookie", visitor.cookie()},
                   {"Origin", "http://127.0.0.1:" + std::to_string(visitor.port())}});
  EXPECT_EQ(json::parse(browser.receive().bytes)["study"]["name"], "study");
  EXPECT_EQ(end_of_frame(browser.receive().bytes), 4u) << "created, issued, begun, observed";
}

TEST(StudyPage, TellsAnAddressThatIsNone) {
  auto setup = watched({});
  setup.dashboard->host = "nowhere.invalid";
  try {
    Study study(setup);
    FAIL() << "it listens at nowhere.invalid";
  } catch (const Exception& e) {
    EXPECT_EQ(e.code(), Errc::invalid_argument);
    EXPECT_THAT(e.what(), HasSubstr("nowhere.invalid"));
  }
}

TEST(StudyPage, IsNotThereUnasked) {
  RecordedErrors errors;
  Scratch scratch;
  auto setup = watched(scratch / "s");
  setup.dashboard.reset();
  Study study(setup);
  EXPECT_FALSE(std::filesystem::exists(scratch / "s/endpoint"));
  EXPECT_EQ(errors.text(), "");
}

}  // namespace
}  // namespace sherpa
