#pragma once

#include "core/base/result.hpp"
#include "core/study/commands.hpp"
#include "core/study/facts.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What local jobs leave in `jobs/` below the output directory. Only the outputs stay; the rest
/// goes when an attempt's end is stored.
namespace sherpa::schedulers {

/// A file descriptor that closes itself.
class OpenFile {
 public:
  explicit OpenFile(int fd = -1) : fd_(fd) {}
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OpenFile();

  int get() const { return fd_; }
  void close() { OpenFile gone(std::exchange(fd_, -1)); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// The files of one attempt.
struct JobFiles {
  std::filesystem::path
      record;  ///< the attempt as it was started, for a coordinator that comes back; gone last
  std::filesystem::path lock;        ///< held by its shim
  std::filesystem::path token;       ///< the secret that it shows at the door
  std::filesystem::path parameters;  ///< its configuration, JSON
  std::filesystem::path end;         ///< how it ended, written by its shim
  std::filesystem::path output;      ///< of all attempts of the trial

  JobFiles(const std::filesystem::path& jobs, TrialId trial, AttemptId attempt);
  /// All but the output.
  void remove() const;
};

/// The files of one attempt that a batch system runs.
struct BatchFiles {
  std::filesystem::path record;  ///< the attempt as it was submitted; gone last
  std::filesystem::path ticket;  ///< the secret by which its job is let in
  std::filesystem::path id;      ///< what the batch system's program said when it was submitted

  BatchFiles(const std::filesystem::path& jobs, TrialId trial, AttemptId attempt);
  void remove() const;
};

/// An attempt as it was started.
struct JobRecord {
  study::effect::Start start{};
  std::string door{};             ///< the name of its shim's socket; of a batch job none
  std::uint64_t output_from = 0;  ///< where in the output it begins

  // Of a batch job.
  std::string submission{};  ///< the secret of this submission: an earlier one's job is not let in
  std::string id{};          ///< by which the batch system knows it; empty: not submitted yet
  std::string process{};     ///< which runs it; empty: none has come yet
  std::optional<study::StopWhy> told{};  ///< it was told to stop
};

std::string to_json(const JobRecord& record);
Result<JobRecord> job_record_from_json(std::string_view text);

/// How a job ended, as its shim tells.
struct JobEnd {
  enum class Reason : std::uint8_t {
    exited,           ///< by itself
    stopped,          ///< it was told to, `why`
    timeout,          ///< likewise
    orphaned,         ///< its coordinator was gone for too long
    could_not_start,  ///< the message says why
    terminated,       ///< a signal came to its shim
  };
  Reason reason = Reason::exited;
  std::optional<study::StopWhy> why{};
  study::Detail detail{};
};

Result<JobEnd> job_end_from_json(std::string_view text);

/// The word by which a shim is told to stop its job.
std::string_view word(study::StopWhy why);

/// All attempts of which there is a record, by trial and attempt: of local jobs, or of those of a
/// batch system (`.batch`).
std::vector<std::pair<TrialId, AttemptId>> recorded_jobs(const std::filesystem::path& jobs,
                                                         std::string_view ending = ".json");

/// Writes a file that only this user may read. Fails with store.
Result<void> write_private(const std::filesystem::path& file, std::string_view text);
/// Empty when there is none, or it cannot be read.
std::optional<std::string> read_text(const std::filesystem::path& file);

/// The last line of an output behind `from` that says something, cut to a length that suits an
/// error; printable UTF-8.
std::string last_words(const std::filesystem::path& output, std::uint64_t from);

/// Without control characters, and with what is no UTF-8 replaced.
std::string printable(std::string_view text);

/// This host as a worker, or what goes by that name; the same incarnation as last time when there
/// was one with the same slots and resources here. Fails with store.
Result<study::Worker> host_worker(const std::filesystem::path& jobs, std::uint32_t slots,
                                  std::vector<std::string> resources, const std::string& name = {});

/// 128 random bits in hexadecimal.
std::string random_name();

}  // namespace sherpa::schedulers
