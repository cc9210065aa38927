#include "actors/trial_channel.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace sherpa::actors {

namespace {

constexpr std::size_t most_waiting = 1024;  // observations; beyond, the thread waits for its actor

std::size_t count(const std::vector<TrialChannel::Said>& said) {
  std::size_t sum = 0;
  for (const auto& one : said) sum += one.observations.size();
  return sum;
}

}  // namespace

Error TrialChannel::superseded() const {
  return {Errc::superseded, "trial " + std::to_string(trial_) + ": attempt " +
                                std::to_string(attempt_) +
                                " is no longer the current one; it should stop"};
}

std::function<void()> TrialChannel::refusal(study::BatchCallbacks batch) const {
  return [taken = std::move(batch.taken), error = superseded()] {
    taken({study::Answer::Kind::superseded, error, 0});
  };
}

/// Tells the thread to stop, once; empty when it does not listen.
std::function<void()> TrialChannel::stop_call(study::StopWhy why) {
  auto stop = std::exchange(on_stop_, {});
  if (!stop) return {};
  return [stop = std::move(stop), why] { stop(why); };
}

void TrialChannel::wake(base::Deferred& after) {
  if (!std::exchange(awake_, true)) after.call([this] { wake_(); });
}

void TrialChannel::observe(Observation seen) {
  base::Deferred after;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return count(news_.said) < most_waiting || cut_; });
  if (cut_) throw Exception(superseded());
  if (news_.said.empty() || news_.said.back().posted) news_.said.emplace_back();
  auto& said = news_.said.back();
  said.observations.push_back(std::move(seen));
  said.ticket = ++said_;
  wake(after);
}

std::optional<study::StopWhy> TrialChannel::should_stop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return judged_up_to(said_); });
  if (cut_ && !stop_) return study::StopWhy::superseded;
  return stop_;
}

void TrialChannel::publish(std::string directory) {
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

void TrialChannel::post(std::vector<Observation> seen,
                        std::function<void(Result<std::optional<study::StopWhy>>)> done) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (cut_) return after.call([done = std::move(done), why = superseded()] { done(why); });
  post(after, 0, std::move(seen), {0, false, std::move(done)});
}

void TrialChannel::post_batch(std::uint64_t number, std::vector<Observation> seen,
                              study::BatchCallbacks done) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (cut_) return after.call(refusal(std::move(done)));
  post(after, number, std::move(seen), {0, false, {}, std::move(done)});
}

void TrialChannel::post(base::Deferred& after, std::uint64_t batch, std::vector<Observation> seen,
                        Post waiting) {
  said_ += std::max<std::size_t>(seen.size(), 1);  // a ticket of its own, even for nothing
  waiting.ticket = said_;
  news_.said.push_back({std::move(seen), said_, true, batch});
  posts_.push_back(std::move(waiting));
  wake(after);
}

void TrialChannel::post_checkpoint(std::string directory, std::function<void(Result<void>)> done) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (cut_) return after.call([done = std::move(done), why = superseded()] { done(why); });
  news_.publish.push_back(std::move(directory));
  publishing_.push_back(std::move(done));
  wake(after);
}

void TrialChannel::on_stop(std::function<void(study::StopWhy)> stop) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (stop_ || cut_) {
    after.call(
        [stop = std::move(stop), why = stop_.value_or(study::StopWhy::superseded)] { stop(why); });
  } else {
    on_stop_ = std::move(stop);
  }
}

void TrialChannel::ended(study::End end, study::Detail detail,
                         std::optional<study::StopWhy> stop_why) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  study::command::EndAttempt last;
  last.trial = trial_;
  last.attempt = attempt_;
  last.token_hash = token_hash_;
  last.end = end;
  last.detail = std::move(detail);
  last.stop_why = stop_why;
  news_.end = std::move(last);
  wake(after);
}

TrialChannel::News TrialChannel::take() {
  std::scoped_lock lock(mutex_);
  awake_ = false;
  changed_.notify_all();
  News news = std::exchange(news_, {});
  // The verdict on the last observations counts: else it would depend on timing whether the trial
  // ends STOPPED or COMPLETED.
  if (news.end && !judged_up_to(said_)) {
    news_.end = std::move(news.end);
    news.end.reset();
  }
  return news;
}

/// The callbacks that are due, for single posts and for batches; those of batches follow after
/// stops.
std::pair<TrialChannel::Calls, TrialChannel::Calls> TrialChannel::answers() {
  std::pair<Calls, Calls> known;
  while (!posts_.empty() &&
         (cut_ || (posts_.front().kept && judged_up_to(posts_.front().ticket)))) {
    Post post = std::move(posts_.front());
    posts_.pop_front();
    if (post.done) {
      Result<std::optional<study::StopWhy>> what = stop_;
      if (!post.kept) what = superseded();
      known.first.push_back([done = std::move(post.done), what = std::move(what)] { done(what); });
    } else if (post.kept) {
      known.second.push_back(std::move(post.batch.judged));
    } else {
      known.second.push_back(refusal(std::move(post.batch)));
    }
  }
  return known;
}

/// Between the two comes a stop, if there is one to tell.
void TrialChannel::answer(base::Deferred& after, std::function<void()> stop) {
  auto [first, then] = answers();
  changed_.notify_all();
  for (auto& call : first) after.call(std::move(call));
  if (stop) after.call(std::move(stop));
  for (auto& call : then) after.call(std::move(call));
}

void TrialChannel::judged(std::uint64_t ticket) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  judged_up_to_ = std::max(judged_up_to_, ticket);
  answer(after);
}

void TrialChannel::kept(std::uint64_t ticket, const study::Answer& answer) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  auto post =
      std::find_if(posts_.begin(), posts_.end(), [&](const Post& p) { return p.ticket == ticket; });
  if (post == posts_.end()) return;
  auto taken = std::exchange(post->batch.taken, {});
  if (answer.kind == study::Answer::Kind::accepted ||
      answer.kind == study::Answer::Kind::duplicate) {
    post->kept = true;
    // First that it is stored, then what else is known by now.
    if (taken) after.call([taken = std::move(taken), answer] { taken(answer); });
    return this->answer(after);
  }
  auto done = std::move(post->done);
  posts_.erase(post);
  after.call([done = std::move(done), taken = std::move(taken), answer] {
    done ? done(answer.error) : taken(answer);
  });
}

void TrialChannel::published() {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (publishing_.empty()) return;
  after.call([done = std::move(publishing_.front())] { done({}); });
  publishing_.pop_front();
}

void TrialChannel::stop(study::StopWhy why) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (stop_) return;
  stop_ = why;
  answer(after, stop_call(why));
}

void TrialChannel::cut() {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  cut_ = true;
  answer(after);
  for (auto& done : std::exchange(publishing_, {}))
    after.call([done = std::move(done), why = superseded()] { done(why); });
  if (auto stop = stop_call(study::StopWhy::superseded)) after.call(std::move(stop));
}

}  // namespace sherpa::actors
