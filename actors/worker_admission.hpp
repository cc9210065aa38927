#pragma once

#include "core/link/link.hpp"
#include "core/link/remote_launcher.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sherpa::actors {

/// How a team accepts workers from other hosts.
struct Workers {
  link::Listener* listener = nullptr;  ///< null: none; outlives the team
  link::Welcome welcome{};             ///< sent to all of them
  /// Whether to admit this worker; absent: always. Called on the link's thread.
  std::function<Result<void>(const link::Hello&)> admit{};
  /// Admits the jobs that were started for one attempt each; absent: none are.
  link::GreetJob jobs{};
};

/// Callbacks for events at the listener; each call on the link's thread.
struct PeerEvents {
  std::function<void(const std::string& worker, const std::string& incarnation,
                     std::uint64_t session, std::shared_ptr<link::RemoteLauncher> launcher)>
      here;
  std::function<void(const std::string& worker, const std::string& incarnation)> alive;
  std::function<void(const std::string& worker, const std::string& incarnation,
                     const std::string& why)>
      drains;
  std::function<void(const std::string& worker, const std::string& incarnation,
                     std::uint64_t session, link::Loss why, const std::string& message)>
      lost;
  std::function<void(const std::string& worker, const std::string& incarnation,
                     link::Goodbye goodbye)>
      leaves;
};

/// Decides which workers are admitted, and hands each connection to the launcher of its worker.
/// A plain object, kept by the listener and by every connection.
class WorkerAdmission final : public std::enable_shared_from_this<WorkerAdmission> {
 public:
  /// `workers`: the policy for accepting workers, and what those that are accepted receive.
  WorkerAdmission(const Workers& workers, PeerEvents events)
      : welcome_(workers.welcome),
        admit_(workers.admit),
        jobs_(workers.jobs),
        events_(std::move(events)) {}

  Result<link::Listener::Welcomed> greet(const link::Hello& hello,
                                         const std::shared_ptr<link::Connection>& connection);
  /// This incarnation of the worker is treated as new at its next hello.
  void forget(const std::string& worker, const std::string& incarnation);
  /// Admits no more workers, and calls nothing any more.
  void close();

 private:
  class WorkerConnectionHandler;

  /// What is known of a worker's name.
  struct Place {
    explicit Place(std::shared_ptr<link::RemoteLauncher> of) : launcher(std::move(of)) {}
    const std::shared_ptr<link::RemoteLauncher> launcher;
    std::atomic<std::uint64_t> signs = 0;  // of life
    // Another process that wants the name, and `signs` when it first asked: one more sign shows
    // that the name is taken.
    std::string rival{};
    std::uint64_t signs_before = 0;
  };

  Result<std::pair<std::shared_ptr<Place>, bool>> take_place(
      const link::Hello& hello, const std::shared_ptr<link::Connection>& connection);

  const link::Welcome welcome_;
  const std::function<Result<void>(const link::Hello&)> admit_;
  const link::GreetJob jobs_;
  std::mutex mutex_;
  PeerEvents events_;  // empty once it is closed
  bool closed_ = false;
  std::map<std::string, std::shared_ptr<Place>> places_;  // by the worker's name
};

}  // namespace sherpa::actors
