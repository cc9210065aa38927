#pragma once

#include "core/study/launcher.hpp"
#include "schedulers/batch/batch_verdict.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::schedulers {

/// Between a job's remote end and the study: what it says of its end is thought over first, and
/// stops reach also a job that is not there.
class JobTrialChannel final : public study::TrialChannel {
 public:
  using OnStop = std::function<void(study::StopWhy)>;
  using Said = std::function<void(LastWord)>;

  JobTrialChannel(std::shared_ptr<study::TrialChannel> to, OnStop on_stop_call, Said said)
      : to_(std::move(to)), on_stop_(std::move(on_stop_call)), said_(std::move(said)) {}

  void observe(Observation seen) override { to_->observe(std::move(seen)); }
  std::optional<study::StopWhy> should_stop() override { return to_->should_stop(); }
  void publish(std::string directory) override { to_->publish(std::move(directory)); }
  void post(std::vector<Observation> seen,
            std::function<void(Result<std::optional<study::StopWhy>>)> done) override {
    to_->post(std::move(seen), std::move(done));
  }
  void post_batch(std::uint64_t number, std::vector<Observation> seen,
                  study::BatchCallbacks done) override {
    to_->post_batch(number, std::move(seen), std::move(done));
  }
  void post_checkpoint(std::string directory, std::function<void(Result<void>)> done) override {
    to_->post_checkpoint(std::move(directory), std::move(done));
  }
  void on_stop(std::function<void(study::StopWhy)> stop) override {
    to_->on_stop([stop = std::move(stop), notify = on_stop_](study::StopWhy why) {
      stop(why);
      notify(why);
    });
  }
  void ended(study::End end, study::Detail detail,
             std::optional<study::StopWhy> stop_why) override {
    if (end == study::End::timeout && detail.message.empty())
      detail.message = "ran longer than run.timeout";
    said_({end, std::move(detail), stop_why});
  }

  /// The last word, thought over.
  void conclude(const LastWord& last) { to_->ended(last.end, last.detail, last.stop_why); }

 private:
  const std::shared_ptr<study::TrialChannel> to_;
  const OnStop on_stop_;
  const Said said_;
};

}  // namespace sherpa::schedulers
