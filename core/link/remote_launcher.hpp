#pragma once

#include "core/link/link.hpp"
#include "core/study/launcher.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::link {

/// The launcher for one incarnation of a worker on another host. Starts and stops go over the link;
/// what the link delivers goes into the channels of the attempts. It outlives the worker's
/// connections. A plain object; every function may be called from any thread.
class RemoteLauncher final : public study::Launcher,
                             public std::enable_shared_from_this<RemoteLauncher> {
 public:
  RemoteLauncher(const link::Hello& hello, std::shared_ptr<link::Connection> connection);
  /// For a job that has not connected yet and runs this attempt alone: the attempt is adopted, and
  /// the caller sends Start.
  RemoteLauncher(study::Worker worker, const study::effect::Start& expected);

  study::Worker worker() const override { return worker_; }
  void launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> channel) override;
  std::vector<study::effect::Start> running() override;
  void adopt(const study::effect::Start& start,
             std::shared_ptr<study::TrialChannel> channel) override;
  void settled(TrialId trial, AttemptId attempt) override;
  void superseded(TrialId trial, AttemptId attempt) override;
  std::uint64_t session() const override;

  // The link's side.
  /// The worker is back over another connection, which replaces the one before. False when its
  /// session is not newer than the last.
  bool reconnect(const link::Hello& hello, std::shared_ptr<link::Connection> connection);
  void received(std::uint64_t session, link::Message&& message);
  void lost(std::uint64_t session);
  bool connected() const;
  std::string address() const;
  /// Sends this over the current connection, if there is one.
  void say(const link::Message& message) const;
  void close() const;

 private:
  using Attempt = std::pair<TrialId, AttemptId>;
  struct Entry {
    std::string token{};
    std::shared_ptr<study::TrialChannel> channel{};  // null until it is adopted
    std::deque<link::Message> waiting{};             // for the line
    std::optional<study::StopWhy> stop_why{};        // to stop: again after every reconnect
    bool ended = false;
  };

  struct Waiting {
    bool ended = false;  // the attempt: nothing will be passed on any more
    std::optional<link::Message> message{};
  };
  Waiting next_waiting(const Attempt& attempt, const std::shared_ptr<study::TrialChannel>& channel);
  void name_running(const std::vector<link::AttemptName>& running);
  void connect(const Attempt& attempt, study::TrialChannel& channel);
  void carry(const Attempt& attempt, const std::shared_ptr<study::TrialChannel>& channel,
             link::Message&& message);
  std::shared_ptr<link::Connection> connection() const;

  const study::Worker worker_;
  mutable std::mutex mutex_;
  std::shared_ptr<link::Connection> connection_;  // null while there is none
  std::uint64_t session_ = 0;
  std::vector<link::AttemptName> running_;  // as the worker said last
  std::map<Attempt, Entry> entries_;
};

}  // namespace sherpa::link
