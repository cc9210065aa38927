#pragma once

#include "core/base/result.hpp"
#include "core/space/json.hpp"
#include "core/study/steering.hpp"
#include "dashboard/authenticator.hpp"
#include "dashboard/http/http.hpp"

#include <sherpa/configuration.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace sherpa::dashboard {

/// HTTP for people and the page, below /api/v1/study: a running study's status and results, and
/// steering it. Thread-safe.
///
///     GET  /study               how it stands (core/feed/report.hpp)
///     GET  /study/results.csv, /study/results.json
///     POST /study/pause, /study/resume
///     POST /study/limit    {"max_concurrent": 4}
///     POST /study/enqueue  {"parameters": {"lr": 0.01}}
///     POST /study/stop     {"trial": 12}
///     GET  /study/log?trial=12   the end of its program's output
///     GET  /study/importance?metric=loss   how much each parameter matters; of the objective
///                                          without a metric
class StudyApi {
 public:
  /// What a running study lets people do; `fit` turns a configuration into one of its search space,
  /// or says what is wrong with it.
  struct Study {
    study::Steerable* study = nullptr;
    std::function<Result<Configuration>(const Configuration&)> fit{};
  };
  using ReadLog = std::function<Result<std::string>(TrialId)>;

  /// The importance of parameters for a metric, or for the objective (""); may take a second.
  using Importance = std::function<Result<space::json::Json>(const std::string& metric)>;
  /// Answers for a study that another process runs; may take its time.
  using Elsewhere = std::function<Response(const Request&)>;

  explicit StudyApi(ReadLog read_log = {}, Importance importance = {}, Elsewhere elsewhere = {});
  ~StudyApi();
  StudyApi(const StudyApi&) = delete;
  StudyApi& operator=(const StudyApi&) = delete;

  /// From now on it is about this study; with none (before it runs, after it ended) everything is
  /// answered 503. Returns when the former one is no longer in use.
  void attach(Study study);

  static bool answers(const Request& request);
  /// Refuses viewers: only operators may steer.
  void handle(const Request& request, Role role, Reply reply);

 private:
  void send_log(std::string_view query, Reply reply);
  void send_importance(std::string_view query, Reply reply);
  void later(std::function<void()> work);

  const ReadLog read_log_;
  const Importance importance_;
  const Elsewhere elsewhere_;
  std::mutex mutex_;
  Study study_;
  std::condition_variable_any changed_;
  // tables take their time to write: not on the server's thread
  std::deque<std::function<void()>> work_;
  std::jthread writer_;
};

}  // namespace sherpa::dashboard
