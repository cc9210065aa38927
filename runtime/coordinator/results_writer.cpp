#include "runtime/coordinator/results_writer.hpp"

#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

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

ResultsWriter::ResultsWriter(Duties duties) : duties_(std::move(duties)) {
  thread_ = base::quiet_thread([this](const std::stop_token& stop) { run(stop); });
}

ResultsWriter::~ResultsWriter() {
  thread_.request_stop();
  thread_.join();
}

void ResultsWriter::run(const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  auto next_results = Clock::now() + 10s;
  std::size_t written = 0;
  bool told = false;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, 1s, [] { return false; });
    if (stop.stop_requested()) return;
    if (auto ours = duties_.still_ours(); !ours) {
      duties_.lost(ours.error());
      return;
    }
    if (Clock::now() < next_results) continue;
    auto results = duties_.results();
    auto began = Clock::now();
    if (results.size() != written) {
      if (auto done = write_results(duties_.directory, results); done) {
        written = results.size();
      } else if (!told) {
        told = true;
        base::log(LogLevel::warning, done.error().message + "; the study itself continues");
      }
    }
    next_results = Clock::now() + std::max<Clock::duration>(10s, 50 * (Clock::now() - began));
  }
}

}  // namespace sherpa::runtime
