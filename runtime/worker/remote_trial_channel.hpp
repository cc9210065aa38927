#pragma once

#include "core/base/deferred.hpp"
#include "core/study/launcher.hpp"
#include "runtime/worker/backlog.hpp"
#include "runtime/worker/uplink.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sherpa::runtime {

/// The channel of an attempt whose coordinator is on another host. Observations are sent in
/// numbered batches, one at a time: at once when none is on the way, else together with all that
/// arrive meanwhile. A batch is kept, and sent again over every new connection, until the
/// coordinator has stored it. While there is a connection, `should_stop` waits for the verdict;
/// without one, training continues until the Backlog is full.
class RemoteTrialChannel final : public study::TrialChannel {
 public:
  static constexpr std::size_t most_in_batch = 1'024;

  /// Without a rule there is no verdict to wait for. `ended` is called when the attempt has ended,
  /// before that is stored.
  RemoteTrialChannel(const link::Start& start, std::shared_ptr<Uplink> uplink, bool judged,
                     std::function<void()> ended = {});

  void observe(Observation seen) override;
  std::optional<study::StopWhy> should_stop() override;
  void publish(std::string directory) override;
  void post(std::vector<Observation> seen,
            std::function<void(Result<std::optional<study::StopWhy>>)> done) override;
  void post_checkpoint(std::string directory, std::function<void(Result<void>)> done) override;
  void on_stop(std::function<void(study::StopWhy)> stop) override;
  void ended(study::End end, study::Detail detail, std::optional<study::StopWhy> stop_why) override;

  // The link's side.
  /// There is a new connection: everything unacknowledged is sent again.
  void connected();
  void disconnected();
  void room();
  void acknowledged(std::uint64_t batch);
  void judged(std::uint64_t batch);
  void refused(const link::BatchRefused& refused);
  void published(const std::string& directory);
  /// Superseded: the coordinator ignores the attempt, and nothing is sent.
  void stop(study::StopWhy why);
  /// Its worker leaves: the attempt is asked to stop, and counts as preempted if it has not ended.
  void leave();

  link::AttemptName name() const { return {trial_, attempt_, token_}; }
  bool has_ended() const;

 private:
  struct Post {
    std::uint64_t from = 0, up_to = 0;  // of what was handed over
    std::function<void(Result<std::optional<study::StopWhy>>)> done;
  };
  struct Publishing {
    std::string directory;
    std::uint64_t after = 0;  // what was handed over before it
    std::function<void(Result<void>)> done;
    bool sent = false;
  };
  struct OnTheWay {
    link::Batch batch;
    std::uint64_t up_to = 0;
    bool sent = false;
  };

  std::optional<Error> check(const std::vector<Observation>& seen) const;
  void take(std::vector<Observation> seen);
  Error superseded() const;
  bool known(std::uint64_t up_to) const;
  void pump();
  void lose(const Error& error);
  void answer(base::Deferred& after);

  const TrialId trial_;
  const AttemptId attempt_;
  const std::string token_;
  const bool judged_by_rule_;
  const std::shared_ptr<Uplink> uplink_;
  const std::function<void()> on_end_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_set<std::int64_t> reported_;
  Backlog waiting_;
  std::optional<OnTheWay> on_the_way_;
  std::uint64_t number_ = 0;                            // of the last batch
  std::uint64_t handed_ = 0, stored_ = 0, judged_ = 0;  // counts of observations
  // batches that are stored, and up to which observation
  std::deque<std::pair<std::uint64_t, std::uint64_t>> unjudged_;
  std::deque<Post> posts_;
  std::deque<Publishing> publishing_;
  std::optional<link::EndOfAttempt> end_;
  bool end_sent_ = false;
  bool connected_ = false;
  std::function<void(study::StopWhy)> on_stop_;
  std::optional<study::StopWhy> stop_;
  bool dropped_ = false;
  bool leaving_ = false;
};

}  // namespace sherpa::runtime
