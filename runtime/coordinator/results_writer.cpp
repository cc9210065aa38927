#include "runtime/coordinator/results_writer.hpp"

#include "core/base/duration.hpp"
#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

namespace sherpa::runtime {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

Result<void> write_results(const fs::path& directory, const Results& results) {
  auto file = directory / "results.csv";
  auto fresh = directory / "results.csv.new";
  auto failed = [&](const std::string& why) {
    return Error{Errc::store, "cannot write " + file.string() + ": " + why};
  };
  {
    errno = 0;
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    if (out) results.write_csv(out);
    out.close();
    if (!out) return failed(errno != 0 ? std::strerror(errno) : "the disk refuses it");
  }
  std::error_code error;
  fs::rename(fresh, file, error);
  if (error) return failed(error.message());
  return {};
}

namespace {

Error gone(const Error& why, std::chrono::milliseconds patience) {
  return {Errc::store, why.message + ", for longer than " + base::show_duration(patience) +
                           "; put it back and run the study again to resume it"};
}

}  // namespace

Result<void> write_last_results(const fs::path& directory, const Results& results,
                                const std::function<Result<void>()>& still_ours,
                                std::chrono::milliseconds patience, const std::stop_token& stop) {
  const auto until = std::chrono::steady_clock::now() + patience;
  bool told = false;
  while (true) {
    auto there = still_ours();
    if (there || there.error().code != Errc::store) return write_results(directory, results);
    if (stop.stop_requested()) return there;
    if (std::chrono::steady_clock::now() >= until) return gone(there.error(), patience);
    if (!std::exchange(told, true))
      base::log(LogLevel::warning, there.error().message +
                                       "; all trials have ended, and the table of results waits " +
                                       base::show_duration(patience) + " for it");
    // Nothing announces that a file system is back: it has to be looked at.
    std::this_thread::sleep_for(100ms);
  }
}

ResultsWriter::ResultsWriter(Duties duties) : duties_(std::move(duties)) {
  thread_ = base::quiet_thread([this](const std::stop_token& stop) { run(stop); });
}

ResultsWriter::~ResultsWriter() {
  thread_.request_stop();
  thread_.join();
}

void ResultsWriter::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, 1s, [] { return false; });
    if (stop.stop_requested()) return;
    auto there = look();
    if (!there) return;
    if (duties_.looked) duties_.looked(*there);
    if (*there && Clock::now() >= next_results_) keep_results();
  }
}

std::optional<bool> ResultsWriter::look() {
  auto ours = duties_.still_ours();
  if (ours) {
    if (away_since_)
      base::log(LogLevel::info,
                "output directory " + duties_.directory.string() + " is back; trials start again");
    away_since_.reset();
    return true;
  }
  if (ours.error().code != Errc::store) {
    duties_.lost(ours.error());
    return std::nullopt;
  }
  if (!away_since_) {
    away_since_ = Clock::now();
    base::log(LogLevel::warning,
              ours.error().message + "; no trial starts until it is back. The study waits for " +
                  base::show_duration(duties_.patience) + " (output_dir_patience)");
  }
  if (Clock::now() - *away_since_ < duties_.patience) return false;
  duties_.lost(gone(ours.error(), duties_.patience));
  return std::nullopt;
}

void ResultsWriter::keep_results() {
  auto results = duties_.results();
  auto began = Clock::now();
  if (results.size() != written_) {
    if (auto done = write_results(duties_.directory, results); done) {
      written_ = results.size();
    } else if (!std::exchange(told_, true)) {
      base::log(LogLevel::warning, done.error().message + "; the study itself continues");
    }
  }
  next_results_ = Clock::now() + std::max<Clock::duration>(10s, 50 * (Clock::now() - began));
}

}  // namespace sherpa::runtime
