#pragma once

#include "actors/handles.hpp"
#include "core/base/deferred.hpp"
#include "core/study/launcher.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::actors {

/// Connects the thread that runs an attempt with the attempt's actor, and keeps what each has for
/// the other. A plain object, shared by the two.
class TrialChannel final : public study::TrialChannel {
 public:
  /// Without a rule nothing is judged, and nobody waits for a verdict.
  TrialChannel(TrialId trial, AttemptId attempt, std::string token_hash, bool judged)
      : trial_(trial), attempt_(attempt), token_hash_(std::move(token_hash)), judged_(judged) {}

  /// Whom to wake when there is news; before anything else.
  void connect(std::function<void()> wake) { wake_ = std::move(wake); }

  // The thread's side.
  void observe(Observation seen) override;
  std::optional<study::StopWhy> should_stop() override;
  void publish(std::string directory) override;
  void post(std::vector<Observation> seen,
            std::function<void(Result<std::optional<study::StopWhy>>)> done) override;
  void post_batch(std::uint64_t number, std::vector<Observation> seen,
                  study::BatchCallbacks done) override;
  void post_checkpoint(std::string directory, std::function<void(Result<void>)> done) override;
  void on_stop(std::function<void(study::StopWhy)> stop) override;
  void ended(study::End end, study::Detail detail, std::optional<study::StopWhy> stop_why) override;

  // The actor's side.
  /// What the thread has said since the last call.
  struct Said {
    std::vector<Observation> observations;
    std::uint64_t ticket = 0;  ///< grows with every observation and every post
    bool posted = false;       ///< to be taken or refused by itself
    std::uint64_t batch = 0;   ///< its number, where it has one
  };
  struct News {
    std::vector<Said> said;
    std::vector<std::string> publish;
    std::optional<study::command::EndAttempt> end;
  };
  News take();
  void judged(std::uint64_t ticket);
  void kept(std::uint64_t ticket, const study::Answer& answer);
  void published();
  void stop(study::StopWhy why);
  /// The study ignores the attempt from now on: its thread is asked to stop, and its reports are
  /// refused.
  void cut();

  TrialId trial() const { return trial_; }
  AttemptId attempt() const { return attempt_; }
  const std::string& token_hash() const { return token_hash_; }

 private:
  /// A post that is not answered yet.
  struct Post {
    std::uint64_t ticket = 0;
    bool kept = false;
    std::function<void(Result<std::optional<study::StopWhy>>)> done{};
    study::BatchCallbacks batch{};  // exactly one of `done` and `batch` is set
  };
  using Calls = std::vector<std::function<void()>>;

  Error superseded() const;
  bool judged_up_to(std::uint64_t ticket) const {
    return !judged_ || judged_up_to_ >= ticket || stop_ || cut_;
  }
  std::function<void()> refusal(study::BatchCallbacks batch) const;
  std::function<void()> stop_call(study::StopWhy why);
  void wake(base::Deferred& after);
  void post(base::Deferred& after, std::uint64_t batch, std::vector<Observation> seen,
            Post waiting);
  std::pair<Calls, Calls> answers();
  void answer(base::Deferred& after, std::function<void()> stop = {});

  const TrialId trial_;
  const AttemptId attempt_;
  const std::string token_hash_;
  const bool judged_;
  std::function<void()> wake_;

  std::mutex mutex_;
  std::condition_variable changed_;
  News news_;
  std::deque<Post> posts_;  // by ticket
  // in the order in which it was asked for
  std::deque<std::function<void(Result<void>)>> publishing_;
  std::function<void(study::StopWhy)> on_stop_;
  bool awake_ = false;              // the actor knows that there is news
  std::uint64_t said_ = 0;          // the last ticket
  std::uint64_t judged_up_to_ = 0;  // up to which all is judged
  std::optional<study::StopWhy> stop_;
  bool cut_ = false;
};

}  // namespace sherpa::actors
