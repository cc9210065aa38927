#pragma once

#include "core/base/result.hpp"

#include <sherpa/results.hpp>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace sherpa::runtime {

/// Writes SHERPA's table to `results.csv` in a directory: whole, then renamed, so that a reader
/// sees the old one or the new one.
Result<void> write_results(const std::filesystem::path& directory, const Results& results);

/// Writes it when the study has ended. While the directory is out of reach it waits, for `patience`
/// at most, unless it is told to stop.
Result<void> write_last_results(const std::filesystem::path& directory, const Results& results,
                                const std::function<Result<void>()>& still_ours,
                                std::chrono::milliseconds patience, const std::stop_token& stop);

/// What a study does beside its work, on a thread of its own: every second it makes sure that the
/// study is still ours; `results.csv` follows the study, at most every 10 s and never for more than
/// a fiftieth of the time (it is written whole, and would cost more and more).
class ResultsWriter {
 public:
  struct Duties {
    std::filesystem::path directory;
    std::function<Results()> results;          ///< as of now
    std::function<Result<void>()> still_ours;  ///< see StudyLock::still_held
    std::function<void(const Error&)> lost;    ///< it is not; called once
    /// Called after each look: whether the directory was within reach.
    std::function<void(bool there)> looked{};
    /// How long the directory may be out of reach before the study counts as lost.
    std::chrono::milliseconds patience{std::chrono::minutes(10)};
  };
  explicit ResultsWriter(Duties duties);
  /// Ends the thread; does not write.
  ~ResultsWriter();

 private:
  using Clock = std::chrono::steady_clock;
  void run(const std::stop_token& stop);
  /// Whether the study is still ours and its directory there; nothing: it is lost, for good.
  std::optional<bool> look();
  void keep_results();

  Duties duties_;
  std::optional<Clock::time_point> away_since_{};
  Clock::time_point next_results_ = Clock::now() + std::chrono::seconds(10);
  std::size_t written_ = 0;
  bool told_ = false;  // that the table cannot be written
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace sherpa::runtime
