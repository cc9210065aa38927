#pragma once

#include "dashboard/http.hpp"
#include "study/result.hpp"
#include "study/steering.hpp"

#include <sherpa/configuration.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace sherpa::dashboard {

/// The door for people: how a running study stands, its results, and steering it, below /api/v1/study. Thread-safe.
///
///     GET  /study               how it stands (study/report.hpp)
///     GET  /study/results.csv, /study/results.json
///     POST /study/pause, /study/resume
///     POST /study/limit    {"max_concurrent": 4}
///     POST /study/enqueue  {"parameters": {"lr": 0.01}}
///     POST /study/stop     {"trial": 12}
class StudyDoor {
 public:
  /// What a running study lets people do; `fit` turns a configuration into one of its search space, or says what is wrong with
  /// it.
  struct Study {
    study::Steerable* study = nullptr;
    std::function<Result<Configuration>(const Configuration&)> fit{};
  };

  /// Whoever shows `token` may do everything.
  explicit StudyDoor(std::string token);
  ~StudyDoor();
  StudyDoor(const StudyDoor&) = delete;
  StudyDoor& operator=(const StudyDoor&) = delete;

  /// From now on it is about this study; with none (before it runs, after it ended) everything is answered 503. Returns when
  /// nobody uses the former one any more.
  void attach(Study study);

  static bool answers(const Request& request);
  void handle(const Request& request, Reply reply);

 private:
  void later(std::function<void()> work);

  const std::string token_;
  std::mutex mutex_;
  Study study_;
  std::condition_variable_any changed_;
  std::deque<std::function<void()>> work_;  // tables take their time to write: not on the server's thread
  std::jthread writer_;
};

}  // namespace sherpa::dashboard
