#pragma once

#include "core/study/forwarding_channel.hpp"
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
class JobTrialChannel final : public study::ForwardingChannel {
 public:
  using OnStop = std::function<void(study::StopWhy)>;
  using Said = std::function<void(LastWord)>;

  JobTrialChannel(std::shared_ptr<study::TrialChannel> to, OnStop on_stop_call, Said said)
      : ForwardingChannel(std::move(to)),
        on_stop_(std::move(on_stop_call)),
        said_(std::move(said)) {}

  void on_stop(std::function<void(study::StopWhy)> stop) override {
    to().on_stop([stop = std::move(stop), notify = on_stop_](study::StopWhy why) {
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
  void conclude(const LastWord& last) { to().ended(last.end, last.detail, last.stop_why); }

 private:
  const OnStop on_stop_;
  const Said said_;
};

}  // namespace sherpa::schedulers
