#include "dashboard/study_api.hpp"

#include "core/space/search_space.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>

namespace sherpa::dashboard {
namespace {

using testing::HasSubstr;
namespace command = study::command;

/// A study that accepts and records every command.
class FakeStudy final : public study::Steerable {
 public:
  void steer(study::SteeringCommand command, std::function<void(Result<void>)> done) override {
    received.push_back(std::move(command));
    done(answer);
  }
  void progress(std::function<void(Result<Progress>)> show) override {
    Progress p;
    p.name = "digits";
    p.completed = 3;
    show(p);
  }
  Results results() const override { return {}; }

  std::vector<study::SteeringCommand> received;
  Result<void> answer;
};

class StudyApiTest : public testing::Test {
 protected:
  StudyApiTest() {
    study_api.attach({&study, [this](const Configuration& c) {
                        return space.fit(c, space::SearchSpace::Extras::refuse);
                      }});
  }

  Response ask(const std::string& method, const std::string& path, const std::string& body = "",
               Role role = Role::operating) {
    Request request{.method = method, .target = "/api/v1" + path, .body = body};
    EXPECT_TRUE(StudyApi::answers(request));
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Response> response;
    study_api.handle(request, role, [&](Response r) {
      std::scoped_lock lock(mutex);
      response = std::move(r);
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return response.has_value(); });
    return *std::move(response);
  }

  FakeStudy study;
  space::SearchSpace space =
      space::SearchSpace::make({Continuous{"lr", {0, 1}}, Choice{"act", {"relu", "tanh"}}})
          .or_throw();
  static Result<std::string> read_log(TrialId trial) {
    if (trial == 7) return std::string("epoch 1\n");
    return Error{Errc::invalid_argument, "trial " + std::to_string(trial) + " has written nothing"};
  }
  static Result<space::json::Json> importance(const std::string& metric) {
    if (metric == "gone") return Error{Errc::wrong_state, "the study is ending"};
    return space::json::Json{{"of", metric}};
  }
  StudyApi study_api{read_log, importance};
};

TEST_F(StudyApiTest, ShowsHowTheStudyStands) {
  auto answer = ask("GET", "/study");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"name\":\"digits\""));
  EXPECT_THAT(ask("GET", "/study/results.csv").body, HasSubstr("Trial-ID,Status,Iteration"));
  EXPECT_EQ(ask("GET", "/study/results.json").body, "[]\n");
}

TEST_F(StudyApiTest, PassesOnWhatAPersonSays) {
  EXPECT_EQ(ask("POST", "/study/pause").status, 200);
  EXPECT_EQ(ask("POST", "/study/resume").status, 200);
  EXPECT_EQ(ask("POST", "/study/limit", R"({"max_concurrent": 4})").status, 200);
  EXPECT_EQ(ask("POST", "/study/stop", R"({"trial": 12})").status, 200);
  EXPECT_EQ(ask("POST", "/study/enqueue", R"({"parameters": {"lr": 1, "act": "tanh"}})").status,
            200);
  ASSERT_EQ(study.received.size(), 5u);
  EXPECT_TRUE(std::holds_alternative<command::Pause>(study.received[0]));
  EXPECT_TRUE(std::holds_alternative<command::Resume>(study.received[1]));
  EXPECT_EQ(std::get<command::LimitConcurrency>(study.received[2]).max_concurrent, 4u);
  EXPECT_EQ(std::get<command::RequestStop>(study.received[3]).trial, 12u);
  EXPECT_EQ(std::get<command::Enqueue>(study.received[4]).configuration.get<double>("lr"), 1.0)
      << "fitted into the search space";
}

TEST_F(StudyApiTest, PassesOnRefusals) {
  study.answer = Error{Errc::wrong_state, "trial 12 has ended"};
  auto answer = ask("POST", "/study/stop", R"({"trial": 12})");
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.body, HasSubstr("trial 12 has ended"));
}

TEST_F(StudyApiTest, RefusesWhatItDoesNotUnderstand) {
  for (auto [path, body, says] : std::vector<std::array<std::string, 3>>{
           {"/study/limit", "", "must be a JSON object"},
           {"/study/limit", "[4]", "must be a JSON object"},
           {"/study/limit", R"({"max_concurent": 4})", "unknown field"},
           {"/study/limit", "{}", "is missing"},
           {"/study/limit", R"({"max_concurrent": -1})", "whole number"},
           {"/study/limit", R"({"max_concurrent": 99999999999})", "whole number"},
           {"/study/stop", R"({"trial": "12"})", "whole number"},
           {"/study/enqueue", R"({"parameters": {"lr": 2, "act": "relu"}})", "lr"},
           {"/study/enqueue", R"({"parameters": {"lr": 0.5}})", "act"},
           {"/study/enqueue", R"({"parameters": 3})", ""}}) {
    auto answer = ask("POST", path, body);
    EXPECT_EQ(answer.status, 400) << path << body;
    EXPECT_THAT(answer.body, HasSubstr(says));
  }
  EXPECT_TRUE(study.received.empty());
}

TEST_F(StudyApiTest, ShowsViewersEverythingAndLetsThemChangeNothing) {
  EXPECT_EQ(ask("GET", "/study", "", Role::viewer).status, 200);
  for (std::string change : {"/pause", "/resume", "/limit", "/enqueue", "/stop"})
    EXPECT_EQ(ask("POST", "/study" + change, "", Role::viewer).status, 403) << change;
  EXPECT_TRUE(study.received.empty());
}

TEST_F(StudyApiTest, ShowsWhatATrialWrote) {
  EXPECT_EQ(ask("GET", "/study/log?trial=7").body, "epoch 1\n");
  EXPECT_EQ(ask("GET", "/study/log?trial=8").status, 404);
  EXPECT_EQ(ask("GET", "/study/log").status, 400);
  EXPECT_EQ(ask("GET", "/study/log?trial=../7").status, 400);
}

TEST_F(StudyApiTest, ShowsTheImportanceOfParameters) {
  EXPECT_EQ(ask("GET", "/study/importance", "", Role::viewer).body, R"({"of":""})");
  EXPECT_EQ(ask("GET", "/study/importance?metric=val%20loss").body, R"({"of":"val loss"})");
  EXPECT_EQ(ask("GET", "/study/importance?metric=gone").status, 503);
  EXPECT_EQ(ask("POST", "/study/importance").status, 405);
  study_api.attach({});
  EXPECT_EQ(ask("GET", "/study/importance").status, 200) << "of a stopped study, too";
}

TEST_F(StudyApiTest, ChangesNothingByGet) {
  auto answer = ask("GET", "/study/pause");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(ask("POST", "/study").status, 405);
  EXPECT_EQ(ask("GET", "/study/nothing").status, 404);
  EXPECT_FALSE(StudyApi::answers({.method = "GET", .target = "/api/v1/studying"}));
}

TEST_F(StudyApiTest, SaysWhenNoStudyRuns) {
  study_api.attach({});
  EXPECT_EQ(ask("GET", "/study").status, 503);
}

}  // namespace
}  // namespace sherpa::dashboard
