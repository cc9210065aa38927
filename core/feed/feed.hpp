#pragma once

#include "core/feed/trial_table.hpp"
#include "core/study/viewer.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::feed {

/// A study for people who watch it: its facts as numbered frames, that any number of viewers read
/// at their own pace. What a viewer has seen is one number, so a slow one costs nothing, a lost
/// connection continues where it was, and the coordinator's next start numbers the same facts
/// the same way. docs/dashboard.md describes the frames. Thread-safe.
class Feed final : public study::Viewer {
 public:
  using Bytes = std::shared_ptr<const std::string>;
  struct Frame {
    Bytes bytes{};
    study::Seq to = 0;  ///< the number of the last fact in it
  };

  /// `chunk` facts make a frame that is kept as it is sent.
  explicit Feed(std::size_t chunk = 4096) : chunk_(chunk) {}

  void show(std::span<const study::Entry> facts) override;
  /// Called after each `show`, on its thread, until it is replaced.
  void on_news(std::function<void()> news);

  /// Number of the last fact there is.
  study::Seq last() const;
  /// Facts after `seen`, as msgpack; absent when there are none. Old ones come in whole chunks: a
  /// frame may begin before `seen`.
  std::optional<Frame> after(study::Seq seen);
  /// The study and its trials without what they observed, as the members of a JSON object; absent
  /// while there is no study yet. It may be a moment old: newer facts are `after` its number.
  std::optional<Frame> snapshot();
  /// The study's UUID; empty while there is none.
  std::string uuid() const;

 private:
  /// Facts that are not a whole chunk yet, column by column.
  struct Tail {
    struct Withdrawal {
      std::uint32_t row;  // of the observation that withdraws
      std::int64_t from;
    };
    struct Context {
      std::vector<std::uint32_t> rows;
      std::vector<double> values;
    };
    study::Seq from = 1;
    std::vector<std::pair<study::Seq, std::string>> facts;  // all but observations
    std::vector<study::Seq> numbers;
    std::vector<std::uint32_t> trials, attempts;
    std::vector<double> iterations, objectives;
    std::vector<Withdrawal> withdrawals;
    std::map<std::string, Context> context;

    template <class Packer>
    void put_rows(Packer& out, study::Seq since) const;
    template <class Packer>
    void put_context(Packer& out, std::uint32_t first) const;
  };

  void append(const study::Entry& entry);
  void seal();
  Bytes encode(study::Seq from) const;
  void fill_table();

  const std::size_t chunk_;

  mutable std::mutex mutex_;  // held for moments only
  std::vector<Frame> sealed_;
  Tail tail_;
  study::Seq last_ = 0;
  std::string uuid_;
  Frame newest_;  // the tail after newest_from_, as the last viewer got it
  study::Seq newest_from_ = 0;
  std::vector<study::Entry> pending_;  // not in the table yet
  std::function<void()> news_;

  std::mutex table_mutex_;
  TrialTable table_;
  Frame snapshot_;
};

}  // namespace sherpa::feed
