#include "runtime/worker/remote_trial_channel.hpp"

#include "core/base/log.hpp"

#include <algorithm>

namespace sherpa::runtime {

using study::StopWhy;

RemoteTrialChannel::RemoteTrialChannel(const link::Start& start, std::shared_ptr<Uplink> uplink,
                                       bool judged, std::function<void()> ended)
    : trial_(start.trial),
      attempt_(start.attempt),
      token_(start.token),
      judged_by_rule_(judged),
      uplink_(std::move(uplink)),
      on_end_(std::move(ended)),
      connected_(uplink_->connected()) {}

Error RemoteTrialChannel::superseded() const {
  return {Errc::superseded, "trial " + std::to_string(trial_) + ": attempt " +
                                std::to_string(attempt_) +
                                " is no longer the current one; it should stop"};
}

/// Refuses what the engine would refuse, so that the exception points at the mistake.
std::optional<Error> RemoteTrialChannel::check(const std::vector<Observation>& seen) const {
  auto where = [&](std::int64_t iteration) {
    return "trial " + std::to_string(trial_) + ": iteration " + std::to_string(iteration);
  };
  std::unordered_set<std::int64_t> these;
  for (const auto& one : seen) {
    if (one.iteration < 0)
      return Error{Errc::invalid_argument,
                   where(one.iteration) + " is negative; count from 0 or 1"};
    if (reported_.contains(one.iteration) ||
        (seen.size() > 1 && !these.insert(one.iteration).second))
      return Error{Errc::invalid_argument,
                   where(one.iteration) +
                       " was observed already; give every observation an iteration of its own"};
  }
  return {};
}

void RemoteTrialChannel::take(std::vector<Observation> seen) {
  for (auto& one : seen) {
    reported_.insert(one.iteration);
    waiting_.push(std::move(one));
    ++handed_;
  }
  pump();
}

/// Whether reports up to there are stored and judged, or cannot be for lack of a connection.
bool RemoteTrialChannel::known(std::uint64_t up_to) const {
  if (!connected_ || dropped_) return true;
  return stored_ >= up_to && (!judged_by_rule_ || judged_ >= up_to || stop_);
}

void RemoteTrialChannel::observe(Observation seen) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !waiting_.full() || dropped_; });
  if (dropped_) throw Exception(superseded());
  std::vector<Observation> one;
  one.push_back(std::move(seen));
  if (auto error = check(one)) throw Exception(*error);
  take(std::move(one));
}

std::optional<StopWhy> RemoteTrialChannel::should_stop() {
  std::unique_lock lock(mutex_);
  if (judged_by_rule_) changed_.wait(lock, [this] { return stop_ || known(handed_); });
  return stop_;
}

void RemoteTrialChannel::publish(std::string directory) {
  auto done = std::make_shared<std::optional<Result<void>>>();
  post_checkpoint(std::move(directory), [this, done](Result<void> result) {
    std::scoped_lock lock(mutex_);
    *done = std::move(result);
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  const auto& result = *done;
  while (!result) changed_.wait(lock);
  result->or_throw();
}

void RemoteTrialChannel::post(std::vector<Observation> seen,
                              std::function<void(Result<std::optional<StopWhy>>)> done) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  std::optional<Error> error;
  if (dropped_) {
    error = superseded();
  } else if (!(error = check(seen)) && waiting_.full()) {
    error = Error{Errc::wrong_state,
                  "trial " + std::to_string(trial_) + ": " + std::to_string(waiting_.size()) +
                      " observations wait for the coordinator already; try again later"};
  }
  if (error)
    return after.call([done = std::move(done), error = *std::move(error)] { done(error); });
  auto from = handed_;
  take(std::move(seen));
  posts_.push_back({from, handed_, std::move(done)});
  answer(after);
}

void RemoteTrialChannel::post_checkpoint(std::string directory,
                                         std::function<void(Result<void>)> done) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (dropped_) return after.call([done = std::move(done), why = superseded()] { done(why); });
  publishing_.push_back({std::move(directory), handed_, std::move(done)});
  pump();
  answer(after);
}

void RemoteTrialChannel::on_stop(std::function<void(StopWhy)> stop) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (stop_) {
    after.call([stop = std::move(stop), why = *stop_] { stop(why); });
  } else {
    on_stop_ = std::move(stop);
  }
}

void RemoteTrialChannel::ended(study::End end, study::Detail detail,
                               std::optional<StopWhy> stop_why) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (dropped_ || end_) return;
  if (leaving_ && stop_why == StopWhy::going) {
    end = study::End::preempted;
    stop_why.reset();
  }
  end_ = link::EndOfAttempt{trial_, attempt_, token_, 0, end, std::move(detail), stop_why};
  pump();
  if (on_end_) after.call(on_end_);
}

/// Sends what can be sent now. An end and a checkpoint are sent after the batches before them are
/// stored: if one of these were refused, the coordinator would wait for it.
void RemoteTrialChannel::pump() {
  if (!connected_) return;
  while (true) {
    if (on_the_way_) {
      if (!on_the_way_->sent) on_the_way_->sent = uplink_->send(on_the_way_->batch);
      return;
    }
    auto most = std::min(waiting_.size(), most_in_batch);
    for (auto& one : publishing_) {
      if (one.after > stored_) {
        most = std::min<std::size_t>(most, one.after - stored_);
        break;
      }
      if (!one.sent)
        one.sent = uplink_->send(link::Publish{trial_, attempt_, token_, one.directory, number_});
    }
    if (most == 0) break;
    OnTheWay next;
    next.batch = {trial_, attempt_, token_, ++number_, {}};
    auto oldest = waiting_.take(most);
    if (!oldest) {
      lose(oldest.error());
      break;
    }
    next.batch.observations = *std::move(oldest);
    next.up_to = stored_ + next.batch.observations.size();
    on_the_way_ = std::move(next);
    changed_.notify_all();
  }
  if (!end_ || end_sent_ || (!publishing_.empty() && !dropped_)) return;
  end_->after_batch = number_;
  end_sent_ = uplink_->send(*end_);
}

/// Ends the attempt as failed, because its measurements are lost.
void RemoteTrialChannel::lose(const Error& error) {
  base::log(LogLevel::error,
            "trial " + std::to_string(trial_) + ": " + error.message + "; it has to run again");
  --number_;
  dropped_ = true;
  stop_ = StopWhy::superseded;
  waiting_.clear();
  end_ = link::EndOfAttempt{
      trial_, attempt_, token_, 0, study::End::lost, {.message = error.message}, {}};
}

/// Calls the callbacks whose answers are known.
void RemoteTrialChannel::answer(base::Deferred& after) {
  while (!posts_.empty() && known(posts_.front().up_to)) {
    Result<std::optional<StopWhy>> what = stop_;
    if (dropped_) what = superseded();
    after.call([done = std::move(posts_.front().done), what = std::move(what)] { done(what); });
    posts_.pop_front();
  }
  if (!connected_ || dropped_)
    for (auto& one : publishing_)
      if (one.done) {
        Result<void> what;
        if (dropped_) what = superseded();
        after.call([done = std::exchange(one.done, {}), what = std::move(what)] { done(what); });
      }
  changed_.notify_all();
}

void RemoteTrialChannel::connected() {
  std::scoped_lock lock(mutex_);
  connected_ = true;
  if (on_the_way_) on_the_way_->sent = false;
  for (auto& one : publishing_) one.sent = false;
  end_sent_ = false;
  pump();
}

void RemoteTrialChannel::disconnected() {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  connected_ = false;
  // Verdicts on stored observations are not repeated; a stop is.
  unjudged_.clear();
  judged_ = stored_;
  answer(after);
}

void RemoteTrialChannel::room() {
  std::scoped_lock lock(mutex_);
  pump();
}

void RemoteTrialChannel::acknowledged(std::uint64_t batch) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (!on_the_way_ || on_the_way_->batch.number > batch) return;
  stored_ = on_the_way_->up_to;
  unjudged_.emplace_back(on_the_way_->batch.number, stored_);
  on_the_way_.reset();
  pump();
  answer(after);
}

void RemoteTrialChannel::judged(std::uint64_t batch) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  while (!unjudged_.empty() && unjudged_.front().first <= batch) {
    judged_ = unjudged_.front().second;
    unjudged_.pop_front();
  }
  answer(after);
}

/// Drops the batch; the next one takes its number.
void RemoteTrialChannel::refused(const link::BatchRefused& refused) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (!on_the_way_ || on_the_way_->batch.number != refused.number) return;
  stored_ = on_the_way_->up_to;
  if (unjudged_.empty()) judged_ = stored_;
  if (!unjudged_.empty()) unjudged_.back().second = stored_;
  on_the_way_.reset();
  --number_;
  while (!posts_.empty() && posts_.front().from < stored_) {
    after.call([done = std::move(posts_.front().done),
                error = Error{refused.code, refused.message}] { done(error); });
    posts_.pop_front();
  }
  pump();
  answer(after);
}

void RemoteTrialChannel::published(const std::string& directory) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (publishing_.empty() || publishing_.front().directory != directory) return;
  if (auto done = std::move(publishing_.front().done))
    after.call([done = std::move(done)] { done({}); });
  publishing_.pop_front();
  pump();
  changed_.notify_all();
}

void RemoteTrialChannel::stop(StopWhy why) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  const bool first = !stop_;
  if (first) stop_ = why;
  if (why == StopWhy::superseded) {
    dropped_ = true;
    waiting_.clear();
    on_the_way_.reset();
  }
  answer(after);
  if (!first || !on_stop_) return;
  after.call([stop = std::exchange(on_stop_, {}), why] { stop(why); });
}

void RemoteTrialChannel::leave() {
  {
    std::scoped_lock lock(mutex_);
    leaving_ = true;
  }
  stop(StopWhy::going);
}

bool RemoteTrialChannel::has_ended() const {
  std::scoped_lock lock(mutex_);
  return dropped_ || end_;
}

}  // namespace sherpa::runtime
