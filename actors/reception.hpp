#pragma once

#include "study/link.hpp"
#include "study/remote_launcher.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sherpa::actors {

/// How a team takes workers from other hosts.
struct Workers {
  study::link::Gate* gate = nullptr;  ///< null: none; outlives the team
  study::link::Welcome welcome{};     ///< what all of them are told
  /// Whether this one is of use; absent: every one is. Called on the link's thread.
  std::function<Result<void>(const study::link::Hello&)> admit{};
  study::link::GreetJob jobs{};  ///< who knows the jobs that were started for one attempt each; absent: there are none
};

/// Who is to hear of what happens at the gate; each call on the link's thread.
struct PeerEvents {
  std::function<void(const std::string& worker, const std::string& incarnation, std::uint64_t session,
                     std::shared_ptr<study::RemoteLauncher> launcher)>
      here;
  std::function<void(const std::string& worker, const std::string& incarnation)> alive;
  std::function<void(const std::string& worker, const std::string& incarnation, const std::string& why)> drains;
  std::function<void(const std::string& worker, const std::string& incarnation, std::uint64_t session, study::link::Loss why,
                     const std::string& message)>
      lost;
  std::function<void(const std::string& worker, const std::string& incarnation, study::link::Goodbye goodbye)> leaves;
};

/// Decides who comes in at the gate, and brings each connection to the launcher of its worker. A plain object, kept by the gate
/// and by every connection.
class Reception final : public std::enable_shared_from_this<Reception> {
 public:
  /// `workers` says with what whoever comes is welcomed, and whether he is.
  Reception(const Workers& workers, PeerEvents events)
      : welcome_(workers.welcome), admit_(workers.admit), jobs_(workers.jobs), events_(std::move(events)) {}

  Result<study::link::Gate::Welcomed> greet(const study::link::Hello& hello,
                                            const std::shared_ptr<study::link::Connection>& connection);
  /// This start of the worker begins anew when it says hello again.
  void forget(const std::string& worker, const std::string& incarnation);
  /// Nobody comes in any more, and nobody is told anything.
  void close();

 private:
  class WorkerEar;

  /// What is known of a worker's name.
  struct Place {
    explicit Place(std::shared_ptr<study::RemoteLauncher> of) : launcher(std::move(of)) {}
    const std::shared_ptr<study::RemoteLauncher> launcher;
    std::atomic<std::uint64_t> signs = 0;  // of life
    // Whoever else wants the name, and the signs there were when it said so first: with one more it is taken.
    std::string rival{};
    std::uint64_t signs_before = 0;
  };

  const study::link::Welcome welcome_;
  const std::function<Result<void>(const study::link::Hello&)> admit_;
  const study::link::GreetJob jobs_;
  std::mutex mutex_;
  PeerEvents events_;  // empty once it is closed
  bool closed_ = false;
  std::map<std::string, std::shared_ptr<Place>> places_;  // by the worker's name
};

}  // namespace sherpa::actors
