#include "core/link/remote_launcher.hpp"

#include "core/base/deferred.hpp"
#include "core/base/overloaded.hpp"

#include <utility>

namespace sherpa::link {

RemoteLauncher::RemoteLauncher(const link::Hello& hello,
                               std::shared_ptr<link::Connection> connection)
    : worker_(hello.worker), connection_(std::move(connection)), session_(hello.session) {
  name_running(hello.running);
}

RemoteLauncher::RemoteLauncher(study::Worker worker, const study::effect::Start& expected)
    : worker_(std::move(worker)) {
  entries_[{expected.trial, expected.attempt}].token = expected.token;
}

/// Messages about these attempts wait until they are adopted.
void RemoteLauncher::name_running(const std::vector<link::AttemptName>& running) {
  running_ = running;
  for (const auto& name : running) {
    auto [entry, fresh] = entries_.try_emplace({name.trial, name.attempt});
    if (fresh) entry->second.token = name.token;
  }
}

void RemoteLauncher::launch(study::effect::Start start,
                            std::shared_ptr<study::TrialChannel> channel) {
  const Attempt attempt{start.trial, start.attempt};
  {
    std::scoped_lock lock(mutex_);
    entries_[attempt] = {.token = start.token, .channel = channel};
  }
  link::Start message{start.trial,
                      start.attempt,
                      std::move(start.configuration),
                      std::move(start.token),
                      std::move(start.resources),
                      std::move(start.load)};
  // If it does not arrive, the worker reconnects without the attempt, which is then lost.
  if (auto to = connection(); to && !to->send(message)) to->close();
  connect(attempt, *channel);
}

std::vector<study::effect::Start> RemoteLauncher::running() {
  std::scoped_lock lock(mutex_);
  std::vector<study::effect::Start> out;
  for (const auto& name : running_) {
    auto& start = out.emplace_back();
    start.trial = name.trial;
    start.attempt = name.attempt;
    start.token = name.token;
    start.worker = worker_.name;
    start.incarnation = worker_.incarnation;
  }
  return out;
}

void RemoteLauncher::adopt(const study::effect::Start& start,
                           std::shared_ptr<study::TrialChannel> channel) {
  const Attempt attempt{start.trial, start.attempt};
  // Passes on what has waited, one message at a time, because more may arrive meanwhile.
  while (true) {
    auto [ended, message] = next_waiting(attempt, channel);
    if (ended)  // an earlier channel has received its end
      return channel->ended(study::End::lost, {}, study::StopWhy::superseded);
    if (!message) break;
    const bool last = std::holds_alternative<link::EndOfAttempt>(*message);
    carry(attempt, channel, *std::move(message));
    if (last) return;
  }
  connect(attempt, *channel);
}

/// The next message that waits for the attempt. When none does, the channel gets later ones at
/// once.
RemoteLauncher::Waiting RemoteLauncher::next_waiting(
    const Attempt& attempt, const std::shared_ptr<study::TrialChannel>& channel) {
  std::scoped_lock lock(mutex_);
  auto found = entries_.find(attempt);
  if (found == entries_.end() || found->second.ended) return {.ended = true};
  Entry& entry = found->second;
  if (entry.waiting.empty()) {
    entry.channel = channel;
    return {};
  }
  Waiting next{.message = std::move(entry.waiting.front())};
  entry.waiting.pop_front();
  entry.ended = std::holds_alternative<link::EndOfAttempt>(*next.message);
  return next;
}

/// Sends the stops of the channel to the worker.
void RemoteLauncher::connect(const Attempt& attempt, study::TrialChannel& channel) {
  channel.on_stop([weak = weak_from_this(), attempt](study::StopWhy why) {
    auto self = weak.lock();
    if (!self) return;
    {
      std::scoped_lock lock(self->mutex_);
      auto found = self->entries_.find(attempt);
      if (found == self->entries_.end() || found->second.ended) return;  // it will be settled
      found->second.stop_why = why;
    }
    self->say(link::Stop{attempt.first, attempt.second, why});
  });
}

void RemoteLauncher::settled(TrialId trial, AttemptId attempt) {
  {
    std::scoped_lock lock(mutex_);
    entries_.erase({trial, attempt});
  }
  say(link::Settled{trial, attempt});
}

void RemoteLauncher::superseded(TrialId trial, AttemptId attempt) {
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  auto found = entries_.find({trial, attempt});
  if (found == entries_.end()) return;
  after.call([this, trial, attempt] {
    say(link::Stop{trial, attempt, study::StopWhy::superseded});
  });
  if (!found->second.ended && found->second.channel)  // nothing more is passed to it
    after.call([channel = std::move(found->second.channel)] {
      channel->ended(study::End::lost, {}, study::StopWhy::superseded);
    });
  entries_.erase(found);
}

std::uint64_t RemoteLauncher::session() const {
  std::scoped_lock lock(mutex_);
  return session_;
}

bool RemoteLauncher::reconnect(const link::Hello& hello,
                               std::shared_ptr<link::Connection> connection) {
  std::vector<link::Stop> stops;
  std::shared_ptr<link::Connection> before;
  {
    std::scoped_lock lock(mutex_);
    if (hello.session <= session_) return false;
    session_ = hello.session;
    before = std::exchange(connection_, connection);
    name_running(hello.running);
    for (const auto& [attempt, entry] : entries_)
      if (entry.stop_why) stops.push_back({attempt.first, attempt.second, *entry.stop_why});
  }
  if (before) before->close();
  for (const auto& stop : stops) connection->send(stop);
  return true;
}

void RemoteLauncher::received(std::uint64_t session, link::Message&& message) {
  Attempt attempt;
  const std::string* token = nullptr;
  auto about = [&](const auto& m) {
    attempt = {m.trial, m.attempt};
    token = &m.token;
  };
  std::visit(base::Overloaded{[&](const link::Batch& m) { about(m); },
                              [&](const link::Publish& m) { about(m); },
                              [&](const link::EndOfAttempt& m) { about(m); }, [](const auto&) {}},
             message);
  if (!token) return;
  base::Deferred after;
  std::scoped_lock lock(mutex_);
  if (session != session_) return;  // the worker repeats it over the newer connection
  const bool end = std::holds_alternative<link::EndOfAttempt>(message);
  auto found = entries_.find(attempt);
  if (found == entries_.end() || found->second.token != *token)
    // Its end was stored, or it is not the current attempt.
    return after.call([this, attempt = attempt, end] {
      say(end ? link::Message(link::Settled{attempt.first, attempt.second})
              : link::Stop{attempt.first, attempt.second, study::StopWhy::superseded});
    });
  Entry& entry = found->second;
  if (entry.ended) return;
  if (!entry.channel) return entry.waiting.push_back(std::move(message));
  entry.ended = end;
  after.call(
      [this, attempt = attempt, channel = entry.channel, message = std::move(message)]() mutable {
        carry(attempt, channel, std::move(message));
      });
}

void RemoteLauncher::carry(const Attempt& attempt,
                           const std::shared_ptr<study::TrialChannel>& channel,
                           link::Message&& message) {
  auto say = [weak = weak_from_this()](const link::Message& answer) {
    if (auto self = weak.lock()) self->say(answer);
  };
  auto [trial, number] = attempt;
  if (auto* batch = std::get_if<link::Batch>(&message)) {
    study::BatchCallbacks callbacks;
    callbacks.taken = [say, trial = trial, attempt = number,
                       batch = batch->number](const study::Answer& answer) {
      if (answer.kind == study::Answer::Kind::accepted ||
          answer.kind == study::Answer::Kind::duplicate)
        say(link::Acknowledged{trial, attempt, batch});
      if (answer.kind == study::Answer::Kind::refused)
        say(link::BatchRefused{trial, attempt, batch, answer.error.code, answer.error.message});
    };
    callbacks.judged = [say, trial = trial, attempt = number, batch = batch->number] {
      say(link::Judged{trial, attempt, batch});
    };
    channel->post_batch(batch->number, std::move(batch->observations), std::move(callbacks));
  } else if (auto* publish = std::get_if<link::Publish>(&message)) {
    channel->post_checkpoint(publish->directory,
                             [say, trial = trial, attempt = number,
                              directory = publish->directory](const Result<void>&) {
                               say(link::Published{trial, attempt, directory});
                             });
  } else if (auto* end = std::get_if<link::EndOfAttempt>(&message)) {
    channel->ended(end->end, std::move(end->detail), end->stop_why);
  }
}

void RemoteLauncher::lost(std::uint64_t session) {
  std::scoped_lock lock(mutex_);
  if (session == session_) connection_.reset();
}

bool RemoteLauncher::connected() const {
  std::scoped_lock lock(mutex_);
  return connection_ != nullptr;
}

std::shared_ptr<link::Connection> RemoteLauncher::connection() const {
  std::scoped_lock lock(mutex_);
  return connection_;
}

std::string RemoteLauncher::address() const {
  auto to = connection();
  return to ? to->address() : "";
}

void RemoteLauncher::say(const link::Message& message) const {
  if (auto to = connection()) to->send(message);
}

void RemoteLauncher::close() const {
  if (auto to = connection()) to->close();
}

}  // namespace sherpa::link
