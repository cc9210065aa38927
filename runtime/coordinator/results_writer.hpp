#pragma once

#include "core/base/result.hpp"

#include <sherpa/results.hpp>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

namespace sherpa::runtime {

/// Writes SHERPA's table to `results.csv` in a directory: whole, then renamed, so that a reader
/// sees the old one or the new one.
Result<void> write_results(const std::filesystem::path& directory, const Results& results);

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
  };
  explicit ResultsWriter(Duties duties);
  /// Ends the thread; does not write.
  ~ResultsWriter();

 private:
  void run(const std::stop_token& stop);

  Duties duties_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace sherpa::runtime
