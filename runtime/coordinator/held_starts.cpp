#include "runtime/coordinator/held_starts.hpp"

#include "core/study/forwarding_channel.hpp"

#include <optional>
#include <vector>

namespace sherpa::runtime {

using study::End;
using study::StopWhy;
using study::TrialChannel;

bool HeldStarts::out_of_reach() const {
  auto there = check_();
  return !there && there.error().code == Errc::store;
}

void HeldStarts::hold(Attempt attempt, Start start) {
  std::scoped_lock lock(mutex_);
  held_[attempt] = std::move(start);
}

void HeldStarts::look(bool there) {
  std::map<Attempt, Start> held;
  {
    std::scoped_lock lock(mutex_);
    held.swap(held_);
  }
  std::erase_if(held, [&](const auto& one) { return one.second(there); });
  std::scoped_lock lock(mutex_);
  held_.merge(held);
}

std::map<HeldStarts::Attempt, std::string> HeldStarts::waiting() const {
  std::scoped_lock lock(mutex_);
  std::map<Attempt, std::string> waiting;
  for (const auto& [attempt, start] : held_) waiting[attempt] = "the output directory";
  return waiting;
}

namespace {

class GuardedChannel final : public study::ForwardingChannel {
 public:
  GuardedChannel(std::shared_ptr<HeldStarts> held, std::shared_ptr<TrialChannel> channel)
      : ForwardingChannel(std::move(channel)), held_(std::move(held)) {}

  void ended(End end, study::Detail detail, std::optional<StopWhy> told) override {
    if (!told && (end == End::failed || end == End::lost) && held_->out_of_reach()) {
      end = End::interrupted;
      detail.message = "the output directory was out of reach";
    }
    ForwardingChannel::ended(end, std::move(detail), told);
  }

 private:
  const std::shared_ptr<HeldStarts> held_;
};

/// Whether a held attempt has been told to end.
struct Told {
  std::mutex mutex;
  std::optional<StopWhy> why{};

  std::optional<StopWhy> get() {
    std::scoped_lock lock(mutex);
    return why;
  }
};

class GuardedLauncher final : public study::Launcher,
                              public std::enable_shared_from_this<GuardedLauncher> {
 public:
  GuardedLauncher(std::shared_ptr<HeldStarts> held, std::shared_ptr<study::Launcher> launcher)
      : held_(std::move(held)), launcher_(std::move(launcher)) {}

  study::Worker worker() const override { return launcher_->worker(); }
  void launch(study::effect::Start start, std::shared_ptr<TrialChannel> channel) override {
    if (!held_->out_of_reach()) return begin(std::move(start), channel);
    auto told = std::make_shared<Told>();
    channel->on_stop([told](StopWhy why) {
      std::scoped_lock lock(told->mutex);
      told->why = why;
    });
    const HeldStarts::Attempt attempt{start.trial, start.attempt};
    held_->hold(attempt,
                [weak = weak_from_this(), start = std::move(start), channel, told](bool there) {
                  if (auto why = told->get()) {
                    channel->ended(End::interrupted, {}, why);
                    return true;
                  }
                  if (!there) return false;
                  if (auto self = weak.lock()) self->begin(start, channel);
                  return true;
                });
  }
  std::vector<study::effect::Start> running() override { return launcher_->running(); }
  void adopt(const study::effect::Start& start, std::shared_ptr<TrialChannel> channel) override {
    launcher_->adopt(start, std::make_shared<GuardedChannel>(held_, std::move(channel)));
  }
  void settled(TrialId trial, AttemptId attempt) override { launcher_->settled(trial, attempt); }
  void superseded(TrialId trial, AttemptId attempt) override {
    launcher_->superseded(trial, attempt);
  }
  std::map<HeldStarts::Attempt, std::string> waiting() const override {
    auto waiting = launcher_->waiting();
    waiting.merge(held_->waiting());
    return waiting;
  }
  std::uint64_t session() const override { return launcher_->session(); }

 private:
  /// On the caller of `launch` or of `look`, one at a time as launchers expect.
  void begin(study::effect::Start start, const std::shared_ptr<TrialChannel>& channel) {
    std::scoped_lock lock(mutex_);
    launcher_->launch(std::move(start), std::make_shared<GuardedChannel>(held_, channel));
  }

  const std::shared_ptr<HeldStarts> held_;
  const std::shared_ptr<study::Launcher> launcher_;
  std::mutex mutex_;
};

}  // namespace

std::shared_ptr<study::Launcher> with_held_starts(std::shared_ptr<HeldStarts> held,
                                                  std::shared_ptr<study::Launcher> launcher) {
  return std::make_shared<GuardedLauncher>(std::move(held), std::move(launcher));
}

}  // namespace sherpa::runtime
