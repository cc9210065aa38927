#pragma once

#include "core/study/launcher.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::study {

/// A trial channel that passes every call on to another one. Derived classes override what they
/// change.
class ForwardingChannel : public TrialChannel {
 public:
  explicit ForwardingChannel(std::shared_ptr<TrialChannel> to) : to_(std::move(to)) {}

  void observe(Observation seen) override { to_->observe(std::move(seen)); }
  std::optional<StopWhy> should_stop() override { return to_->should_stop(); }
  void publish(std::string directory) override { to_->publish(std::move(directory)); }
  void post(std::vector<Observation> seen,
            std::function<void(Result<std::optional<StopWhy>>)> done) override {
    to_->post(std::move(seen), std::move(done));
  }
  void post_batch(std::uint64_t number, std::vector<Observation> seen,
                  BatchCallbacks done) override {
    to_->post_batch(number, std::move(seen), std::move(done));
  }
  void post_checkpoint(std::string directory, std::function<void(Result<void>)> done) override {
    to_->post_checkpoint(std::move(directory), std::move(done));
  }
  void on_stop(std::function<void(StopWhy)> stop) override { to_->on_stop(std::move(stop)); }
  void ended(End end, Detail detail, std::optional<StopWhy> stop_why) override {
    to_->ended(end, std::move(detail), stop_why);
  }

 protected:
  TrialChannel& to() const { return *to_; }

 private:
  const std::shared_ptr<TrialChannel> to_;
};

}  // namespace sherpa::study
