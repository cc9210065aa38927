#pragma once

#include "core/study/open_attempts.hpp"
#include "dashboard/http/http_server.hpp"
#include "dashboard/trial_api.hpp"
#include "tests/support/own_address.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::testing_support {

/// A line that keeps what is posted, and answers at once unless it is held.
class FakeLine final : public study::TrialChannel {
 public:
  using Heard = std::function<void(Result<std::optional<study::StopWhy>>)>;

  void observe(study::command::Measurement) override { unused(); }
  std::optional<study::StopWhy> should_stop() override { unused(); }
  void publish(std::string) override { unused(); }
  void on_stop(std::function<void(study::StopWhy)>) override { unused(); }
  void ended(study::End, study::Detail, std::optional<study::StopWhy>) override { unused(); }

  void post(std::vector<study::command::Measurement> seen, Heard heard) override {
    std::unique_lock lock(mutex_);
    if (error_) {
      auto error = *error_;
      lock.unlock();
      return heard(error);
    }
    for (const auto& m : seen)
      if (iterations_.contains(m.iteration)) {
        lock.unlock();
        return heard(
            Error{Errc::invalid_argument,
                  "trial 7: iteration " + std::to_string(m.iteration) +
                      " was observed already; give every observation an iteration of its own"});
      }
    for (auto& m : seen) {
      iterations_.insert(m.iteration);
      posted_.push_back(std::move(m));
    }
    if (held_) {
      waiting_.push_back(std::move(heard));
      changed_.notify_all();
      return;
    }
    auto stop = stop_;
    lock.unlock();
    heard(stop);
  }
  void post_checkpoint(std::string directory, std::function<void(Result<void>)> heard) override {
    std::unique_lock lock(mutex_);
    if (error_) {
      auto error = *error_;
      lock.unlock();
      return heard(error);
    }
    published_.push_back(std::move(directory));
    lock.unlock();
    heard({});
  }

  void hold() {
    std::scoped_lock lock(mutex_);
    held_ = true;
  }
  /// Waits until so many posts wait for an answer.
  void wait_for(std::size_t posts) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() >= posts; });
  }
  void release() {
    std::unique_lock lock(mutex_);
    held_ = false;
    auto waiting = std::exchange(waiting_, {});
    auto stop = stop_;
    lock.unlock();
    for (auto& heard : waiting) heard(stop);
  }
  /// Those who wait never hear.
  void forget() {
    std::unique_lock lock(mutex_);
    held_ = false;
    auto waiting = std::exchange(waiting_, {});
    lock.unlock();
  }
  void stop(study::StopWhy why) {
    std::scoped_lock lock(mutex_);
    stop_ = why;
  }
  void fail(std::optional<Error> error) {
    std::scoped_lock lock(mutex_);
    error_ = std::move(error);
  }
  std::vector<study::command::Measurement> posted() const {
    std::scoped_lock lock(mutex_);
    return posted_;
  }
  std::vector<std::string> published() const {
    std::scoped_lock lock(mutex_);
    return published_;
  }

 private:
  [[noreturn]] static void unused() { throw std::logic_error("the trial API does not wait"); }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::int64_t> iterations_;
  std::vector<study::command::Measurement> posted_;
  std::vector<std::string> published_;
  std::deque<Heard> waiting_;
  bool held_ = false;
  std::optional<study::StopWhy> stop_;
  std::optional<Error> error_;
};

/// A running attempt as a scheduler would put it in.
inline std::shared_ptr<study::OpenAttempt> open_attempt(TrialId trial, AttemptId attempt,
                                                        std::string token,
                                                        std::shared_ptr<study::TrialChannel> line) {
  auto out = std::make_shared<study::OpenAttempt>();
  out->start.trial = trial;
  out->start.attempt = attempt;
  out->start.configuration = {{"lr", 0.5}, {"units", 64}, {"act", "relu"}};
  out->start.token = std::move(token);
  out->line = std::move(line);
  out->save_dir = "/somewhere/checkpoints/" + std::to_string(trial) + "/" + std::to_string(attempt);
  out->checkpoint = "checkpoints/" + std::to_string(trial) + "/" + std::to_string(attempt);
  return out;
}

/// A server with the trial API, and one attempt that runs: trial 7, attempt 1, token "secret".
struct TrialApiServer {
  std::shared_ptr<FakeLine> line = std::make_shared<FakeLine>();
  study::OpenAttempts attempts;
  dashboard::TrialApi trial_api{attempts};
  std::shared_ptr<study::OpenAttempt> attempt = open_attempt(7, 1, "secret", line);
  std::unique_ptr<dashboard::HttpServer> server;
  std::string host;

  explicit TrialApiServer(dashboard::ServerOptions options = {}, std::string address = "127.0.0.1")
      : host(std::move(address)) {
    attempts.add(attempt);
    open(std::move(options));
  }
  void open(dashboard::ServerOptions options = {}) {
    options.host = host;
    server = dashboard::HttpServer::open(
                 std::move(options),
                 [this](const dashboard::Request& request, dashboard::Reply reply) {
                   trial_api.handle(request, std::move(reply));
                 },
                 {}, [this](const dashboard::Request& head) { return trial_api.authorize(head); })
                 .or_throw();
  }
};

}  // namespace sherpa::testing_support
