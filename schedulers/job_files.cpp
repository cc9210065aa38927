#include "schedulers/job_files.hpp"

#include "core/base/text.hpp"
#include "core/space/json.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <random>
#include <system_error>

template <>
struct sherpa::base::Enumerators<sherpa::schedulers::JobEnd::Reason> {
  static constexpr std::array<std::string_view, 6> names{
      "exited", "stopped", "timeout", "orphaned", "could_not_start", "terminated"};
};

namespace sherpa::schedulers {

namespace fs = std::filesystem;
using space::json::Json;

namespace {

constexpr std::size_t longest_message = 300;

Error unwritable(const fs::path& file, int number) {
  return {Errc::store, "cannot write " + file.string() + ": " + std::strerror(number)};
}

/// Runs what reads JSON; what it throws becomes an error about `what`.
template <class T, class F>
Result<T> reading(const char* what, std::string_view text, F&& read) {
  try {
    T made;
    read(Json::parse(text), made);
    return made;
  } catch (const std::exception& e) {
    return Error{Errc::damaged, std::string(what) + " cannot be read: " + e.what()};
  }
}

template <class T>
void member(const Json& in, const char* name, T& x) {
  auto at = in.find(name);
  if (at != in.end()) space::json::read(*at, x);
}

}  // namespace

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

JobFiles::JobFiles(const fs::path& jobs, TrialId trial, AttemptId attempt) {
  const auto trial_name = "trial_" + std::to_string(trial);
  const auto name = trial_name + "." + std::to_string(attempt);
  record = jobs / (name + ".json");
  lock = jobs / (name + ".lock");
  token = jobs / (name + ".token");
  parameters = jobs / (name + ".parameters");
  end = jobs / (name + ".end");
  output = jobs / (trial_name + ".out");
}

void JobFiles::remove() const {
  for (const auto* file : {&end, &token, &parameters, &lock, &record}) ::unlink(file->c_str());
}

BatchFiles::BatchFiles(const fs::path& jobs, TrialId trial, AttemptId attempt) {
  const auto name = "trial_" + std::to_string(trial) + "." + std::to_string(attempt);
  record = jobs / (name + ".batch");
  ticket = jobs / (name + ".ticket");
  id = jobs / (name + ".id");
}

void BatchFiles::remove() const {
  for (const auto* file : {&ticket, &id, &record}) ::unlink(file->c_str());
}

std::string to_json(const JobRecord& record) {
  const auto& start = record.start;
  Json units = Json::object();
  for (const auto& [unit, share] : start.resources) units[unit] = share;
  Json out = {
      {"trial", start.trial},          {"attempt", start.attempt},
      {"worker", start.worker},        {"incarnation", start.incarnation},
      {"token", start.token},          {"parameters", space::json::write(start.configuration)},
      {"resources", std::move(units)}, {"load", space::json::write(start.load)},
      {"door", record.door},           {"output_from", record.output_from}};
  if (!record.submission.empty()) {
    out["submission"] = record.submission;
    out["id"] = record.id;
    out["process"] = record.process;
    if (record.told) out["told"] = space::json::write(*record.told);
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<JobRecord> job_record_from_json(std::string_view text) {
  return reading<JobRecord>("the record of a job", text, [](const Json& in, JobRecord& record) {
    if (!in.is_object()) space::json::refuse("expected an object");
    auto& start = record.start;
    member(in, "trial", start.trial);
    member(in, "attempt", start.attempt);
    member(in, "worker", start.worker);
    member(in, "incarnation", start.incarnation);
    member(in, "token", start.token);
    member(in, "parameters", start.configuration);
    member(in, "load", start.load);
    member(in, "door", record.door);
    member(in, "output_from", record.output_from);
    member(in, "submission", record.submission);
    member(in, "id", record.id);
    member(in, "process", record.process);
    if (in.contains("told")) member(in, "told", record.told.emplace());
    if (auto units = in.find("resources"); units != in.end() && units->is_object())
      for (const auto& [unit, share] : units->items())
        space::json::read(share, start.resources[unit]);
    if (start.trial == 0 || start.attempt == 0 || record.door.empty() == record.submission.empty())
      space::json::refuse("it is not whole");
  });
}

Result<JobEnd> job_end_from_json(std::string_view text) {
  return reading<JobEnd>("the end of a job", printable(text), [](const Json& in, JobEnd& end) {
    if (!in.is_object() || !in.contains("reason"))
      space::json::refuse("it does not say how it ended");
    member(in, "reason", end.reason);
    member(in, "exit_code", end.detail.exit_code);
    member(in, "signal", end.detail.signal);
    member(in, "message", end.detail.message);
    if (in.contains("why")) member(in, "why", end.why.emplace());
    if (end.reason == JobEnd::Reason::timeout) end.why = study::StopWhy::timeout;
    if (end.reason == JobEnd::Reason::stopped && !end.why)
      space::json::refuse("it does not say why it was stopped");
  });
}

std::string_view word(study::StopWhy why) { return base::name_of(why); }

std::vector<std::pair<TrialId, AttemptId>> recorded_jobs(const fs::path& jobs,
                                                         std::string_view ending) {
  std::vector<std::pair<TrialId, AttemptId>> found;
  std::error_code error;
  for (fs::directory_iterator at(jobs, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    if (!name.starts_with("trial_") || !name.ends_with(ending)) continue;
    const char* last = name.data() + name.size();
    TrialId trial = 0;
    AttemptId attempt = 0;
    auto first = std::from_chars(name.data() + std::strlen("trial_"), last, trial);
    if (first.ec != std::errc() || *first.ptr != '.') continue;
    auto second = std::from_chars(first.ptr + 1, last, attempt);
    if (second.ec == std::errc() && std::string_view(second.ptr, last) == ending)
      found.emplace_back(trial, attempt);
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<void> write_private(const fs::path& file, std::string_view text) {
  OpenFile out(::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
  if (!out) return unwritable(file, errno);
  while (!text.empty()) {
    auto size = ::write(out.get(), text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return unwritable(file, errno);
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

std::optional<std::string> read_text(const fs::path& file) {
  OpenFile in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) return std::nullopt;
  std::string text;
  std::array<char, 4096> more{};
  while (true) {
    auto size = ::read(in.get(), more.data(), more.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;
    if (size == 0) return text;
    text.append(more.data(), static_cast<std::size_t>(size));
  }
}

std::string last_words(const fs::path& output, std::uint64_t from) {
  OpenFile in(::open(output.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!in || ::fstat(in.get(), &info) != 0) return {};
  std::array<char, 4096> tail{};
  const auto size = static_cast<std::uint64_t>(info.st_size);
  from = std::max(from, size - std::min<std::uint64_t>(size, tail.size()));
  auto got = ::pread(in.get(), tail.data(), tail.size(), static_cast<off_t>(from));
  if (got <= 0) return {};
  std::string_view text(tail.data(), static_cast<std::size_t>(got));
  const auto end = text.find_last_not_of(" \t\r\n\0");
  if (end == text.npos) return {};
  text = text.substr(0, end + 1);
  text.remove_prefix(text.find_last_of("\r\n") + 1);  // npos + 1: from the beginning
  return printable(text.substr(0, longest_message));
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    // How many bytes follow, and the least the first of them may be: no overlong forms, no
    // surrogates, nothing past U+10FFFF.
    const std::size_t more = c < 0x80                ? 0
                             : c >= 0xc2 && c < 0xe0 ? 1
                             : c >= 0xe0 && c < 0xf0 ? 2
                             : c >= 0xf0 && c < 0xf5 ? 3
                                                     : 9;
    bool valid = more != 9 && i + more < text.size();
    for (std::size_t j = 1; valid && j <= more; ++j)
      valid = (static_cast<unsigned char>(text[i + j]) & 0xc0) == 0x80;
    if (valid && more > 1) {
      const auto next = static_cast<unsigned char>(text[i + 1]);
      valid = !(c == 0xe0 && next < 0xa0) && !(c == 0xed && next >= 0xa0) &&
              !(c == 0xf0 && next < 0x90) && !(c == 0xf4 && next >= 0x90);
    }
    if (!valid) {
      out += "\xef\xbf\xbd";
      ++i;
    } else {
      if (c < 0x20 || c == 0x7f) {
        out += ' ';
      } else {
        out.append(text.substr(i, more + 1));
      }
      i += more + 1;
    }
  }
  return out;
}

std::string random_name() {
  std::random_device device;
  std::string out;
  for (int i = 0; i < 4; ++i) {
    std::array<char, 9> part{};
    std::snprintf(part.data(), part.size(), "%08x", device());
    out += part.data();
  }
  return out;
}

Result<study::Worker> host_worker(const fs::path& jobs, std::uint32_t slots,
                                  std::vector<std::string> resources, const std::string& name) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) std::strcpy(host.data(), "localhost");
  study::Worker worker{.name = name.empty() ? host.data() : name,
                       .incarnation = {},
                       .slots = slots,
                       .resources = std::move(resources),
                       .outlives = true};
  const auto file = jobs / "worker";
  if (auto text = read_text(file)) {
    auto before = reading<study::Worker>("worker", *text, [](const Json& in, study::Worker& w) {
      space::json::read_members(in, w);
    });
    if (before && !before->incarnation.empty()) {
      worker.incarnation = before->incarnation;
      if (worker == *before) return worker;
    }
  }
  // Another host, or offering something else: to the engine that is another start of a worker.
  worker.incarnation = random_name();
  const auto fresh = jobs / "worker.new";
  if (auto written = write_private(fresh, space::json::write(worker).dump() + "\n"); !written)
    return written.error();
  if (::rename(fresh.c_str(), file.c_str()) != 0) return unwritable(file, errno);
  return worker;
}

}  // namespace sherpa::schedulers
