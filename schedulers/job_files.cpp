#include "schedulers/job_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <system_error>

namespace sherpa::schedulers {

namespace fs = std::filesystem;

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

std::vector<std::pair<TrialId, AttemptId>> recorded_jobs(const fs::path& jobs,
                                                         std::string_view ending) {
  std::vector<std::pair<TrialId, AttemptId>> found;
  std::error_code error;
  for (fs::directory_iterator entry(jobs, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
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

}  // namespace sherpa::schedulers
