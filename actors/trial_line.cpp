#include "actors/trial_line.hpp"

#include <utility>

namespace sherpa::actors {

namespace {

constexpr std::size_t most_waiting = 1024;  // observations; beyond, the thread waits for its actor

}  // namespace

void TrialLine::refuse_if_cut() const {
  if (cut_)
    throw Exception({Errc::superseded, "trial " + std::to_string(trial_) + ": attempt " + std::to_string(attempt_) +
                                           " is no longer the current one; it should stop"});
}

void TrialLine::wake(std::unique_lock<std::mutex>& lock) {
  if (awake_) return;
  awake_ = true;
  lock.unlock();
  wake_();
  lock.lock();
}

void TrialLine::observe(study::command::Measurement seen) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return news_.measurements.size() < most_waiting || cut_; });
  refuse_if_cut();
  news_.measurements.push_back(std::move(seen));
  ++said_;
  wake(lock);
}

std::optional<study::StopWhy> TrialLine::should_stop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !judged_ || heard_ >= said_ || stop_ || cut_; });
  if (cut_ && !stop_) return study::StopWhy::superseded;
  return stop_;
}

void TrialLine::publish(std::string directory) {
  std::unique_lock lock(mutex_);
  refuse_if_cut();
  news_.publish = std::move(directory);
  publishing_ = true;
  wake(lock);
  changed_.wait(lock, [this] { return !publishing_ || cut_; });
  refuse_if_cut();
}

void TrialLine::ended(study::End end, study::Detail detail, std::optional<study::StopWhy> told) {
  std::unique_lock lock(mutex_);
  // The verdict on the last observations counts: else it would depend on timing whether the trial ends STOPPED or COMPLETED.
  changed_.wait(lock, [this] { return !judged_ || heard_ >= said_ || stop_ || cut_; });
  study::command::EndAttempt last;
  last.trial = trial_;
  last.attempt = attempt_;
  last.end = end;
  last.detail = std::move(detail);
  last.told = told;
  news_.end = std::move(last);
  wake(lock);
}

TrialLine::News TrialLine::take() {
  std::scoped_lock lock(mutex_);
  awake_ = false;
  news_.ticket = said_;
  changed_.notify_all();
  return std::exchange(news_, {});
}

void TrialLine::heard(std::uint64_t ticket) {
  std::scoped_lock lock(mutex_);
  heard_ = std::max(heard_, ticket);
  changed_.notify_all();
}

void TrialLine::published() {
  std::scoped_lock lock(mutex_);
  publishing_ = false;
  changed_.notify_all();
}

void TrialLine::stop(study::StopWhy why) {
  std::scoped_lock lock(mutex_);
  if (!stop_) stop_ = why;
  changed_.notify_all();
}

void TrialLine::cut() {
  std::scoped_lock lock(mutex_);
  cut_ = true;
  changed_.notify_all();
}

}  // namespace sherpa::actors
