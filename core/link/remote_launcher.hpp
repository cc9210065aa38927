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

/// One start of a worker on another host, as the launcher of its attempts: what their lines hear
/// goes over the link, and what comes over the link goes into their lines. It outlives the worker's
/// connections. A plain object; every call from any thread.
class RemoteLauncher final : public study::Launcher,
                             public std::enable_shared_from_this<RemoteLauncher> {
 public:
  RemoteLauncher(const link::Hello& hello, std::shared_ptr<link::Connection> connection);
  /// One that has not come yet, and was started for this attempt alone; it is adopted, and who made
  /// this says Start.
  RemoteLauncher(study::Worker worker, const study::effect::Start& expected);

  study::Worker worker() const override { return worker_; }
  void launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> line) override;
  std::vector<study::effect::Start> running() override;
  void adopt(const study::effect::Start& start, std::shared_ptr<study::TrialChannel> line) override;
  void settled(TrialId trial, AttemptId attempt) override;
  void superseded(TrialId trial, AttemptId attempt) override;
  std::uint64_t session() const override;

  // The link's side.
  /// The worker is back over another connection; the one before is dropped. False when it is not
  /// newer than the last.
  bool reconnect(const link::Hello& hello, std::shared_ptr<link::Connection> connection);
  void heard(std::uint64_t session, link::Message&& message);
  void lost(std::uint64_t session);
  bool connected() const;
  std::string address() const;
  /// Says this over the connection there is, as the last word when it is one.
  void say(const link::Message& message) const;
  void close() const;

 private:
  using Attempt = std::pair<TrialId, AttemptId>;
  struct Entry {
    std::string token{};
    std::shared_ptr<study::TrialChannel> line{};  // null until it is adopted
    std::deque<link::Message> waiting{};          // for the line
    std::optional<study::StopWhy> told{};         // to stop: again after every reconnect
    bool ended = false;
  };

  void name_running(const std::vector<link::AttemptName>& running);
  void connect(const Attempt& attempt, study::TrialChannel& line);
  void carry(const Attempt& attempt, const std::shared_ptr<study::TrialChannel>& line,
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
