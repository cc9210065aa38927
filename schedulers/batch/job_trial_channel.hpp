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
  using Told = std::function<void(study::StopWhy)>;
  using Said = std::function<void(LastWord)>;

  JobTrialChannel(std::shared_ptr<study::TrialChannel> to, Told told, Said said)
      : to_(std::move(to)), told_(std::move(told)), said_(std::move(said)) {}

  void observe(Observation seen) override { to_->observe(std::move(seen)); }
  std::optional<study::StopWhy> should_stop() override { return to_->should_stop(); }
  void publish(std::string directory) override { to_->publish(std::move(directory)); }
  void post(std::vector<Observation> seen,
            std::function<void(Result<std::optional<study::StopWhy>>)> heard) override {
    to_->post(std::move(seen), std::move(heard));
  }
  void post_batch(std::uint64_t number, std::vector<Observation> seen,
                  study::BatchHeard heard) override {
    to_->post_batch(number, std::move(seen), std::move(heard));
  }
  void post_checkpoint(std::string directory, std::function<void(Result<void>)> heard) override {
    to_->post_checkpoint(std::move(directory), std::move(heard));
  }
  void on_stop(std::function<void(study::StopWhy)> stop) override {
    to_->on_stop([stop = std::move(stop), told = told_](study::StopWhy why) {
      stop(why);
      told(why);
    });
  }
  void ended(study::End end, study::Detail detail, std::optional<study::StopWhy> told) override {
    if (end == study::End::timeout && detail.message.empty())
      detail.message = "ran longer than run.timeout";
    said_({end, std::move(detail), told});
  }

  /// The last word, thought over.
  void conclude(const LastWord& last) { to_->ended(last.end, last.detail, last.told); }

 private:
  const std::shared_ptr<study::TrialChannel> to_;
  const Told told_;
  const Said said_;
};

}  // namespace sherpa::schedulers
