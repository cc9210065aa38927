#include "schedulers/batch/slurm.hpp"

#include "core/base/encoding.hpp"
#include "core/base/shell_words.hpp"
#include "core/base/text.hpp"
#include "schedulers/batch/program.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sherpa::schedulers {

namespace slurm {

namespace {

using Phase = JobState::Phase;
using How = JobState::How;

struct Word {
  std::string_view word;
  Phase phase;
  How how = How::finished;
};
constexpr std::array words{
    Word{"PENDING", Phase::queued},
    Word{"REQUEUED", Phase::queued},
    Word{"REQUEUE_FED", Phase::queued},
    Word{"REQUEUE_HOLD", Phase::queued},
    Word{"RESV_DEL_HOLD", Phase::queued},
    Word{"SPECIAL_EXIT", Phase::queued},
    Word{"CONFIGURING", Phase::queued},  // nodes are being switched on for it
    Word{"POWER_UP_NODE", Phase::queued},
    Word{"RUNNING", Phase::running},
    Word{"SUSPENDED", Phase::running},
    Word{"STOPPED", Phase::running},
    Word{"RESIZING", Phase::running},
    Word{"SIGNALING", Phase::running},
    Word{"COMPLETING", Phase::ending},
    Word{"STAGE_OUT", Phase::ending},
    Word{"COMPLETED", Phase::over, How::finished},
    Word{"FAILED", Phase::over, How::failed},
    Word{"LAUNCH_FAILED", Phase::over, How::node_failed},
    Word{"RECONFIG_FAIL", Phase::over, How::node_failed},
    Word{"BOOT_FAIL", Phase::over, How::node_failed},
    Word{"NODE_FAIL", Phase::over, How::node_failed},
    Word{"CANCELLED", Phase::over, How::killed},
    Word{"REVOKED", Phase::over, How::killed},
    Word{"TIMEOUT", Phase::over, How::timeout},
    Word{"DEADLINE", Phase::over, How::timeout},
    Word{"PREEMPTED", Phase::over, How::preempted},
    Word{"OUT_OF_MEMORY", Phase::over, How::out_of_memory},
};

bool is_id(std::string_view text) {
  return !text.empty() && text.size() < 64 && text.front() >= '0' && text.front() <= '9' &&
         text.find_first_not_of("0123456789_+") == text.npos;
}

/// Takes the text up to the next '|', and removes both.
std::string_view next_field(std::string_view& line) {
  auto end = std::min(line.find('|'), line.size());
  auto field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

}  // namespace

JobState state_of(std::string_view word, std::string_view reason) {
  auto known =
      std::find_if(words.begin(), words.end(), [&](const Word& w) { return w.word == word; });
  JobState state{Phase::running, How::finished, base::printable(word)};
  if (known != words.end()) state.phase = known->phase, state.how = known->how;
  if (!reason.empty() && reason != "None") state.why += " (" + base::printable(reason) + ")";
  return state;
}

std::optional<std::string> parse_sbatch(std::string_view text) {
  std::optional<std::string> id;
  each_line(text, [&](std::string_view line) {
    auto first = std::string_view(line.begin(), std::find(line.begin(), line.end(), ';'));
    if (is_id(first)) id.emplace(first);  // before it, a site's own plugin may greet
  });
  return id;
}

JobStates parse_squeue(std::string_view text) {
  JobStates states;
  each_line(text, [&](std::string_view line) {
    auto id = next_field(line), word = next_field(line);
    if (is_id(id) && !word.empty()) states.insert_or_assign(std::string(id), state_of(word, line));
  });
  return states;
}

JobStates parse_sacct(std::string_view text) {
  JobStates states;
  each_line(text, [&](std::string_view line) {
    auto id = next_field(line), said = next_field(line);
    auto word = said.substr(0, said.find(' '));  // CANCELLED by 1000
    if (is_id(id) && !word.empty()) states.insert_or_assign(std::string(id), state_of(word, ""));
  });
  return states;
}

}  // namespace slurm

std::string job_script(const Job& job, const std::filesystem::path& environment) {
  std::string command;
  for (const auto& word : job.command) command.append(" ").append(base::shell_quote(word));
  if (environment.empty()) return "#!/bin/sh\nexec" + command + "\n";
  // The file may be written for bash, as SHERPA's users do.
  return "#!/bin/bash\n. " + base::shell_quote(environment.string()) + " || exit\nexec" + command +
         "\n";
}

namespace {

constexpr std::size_t most_ids = 500;  // in one call

/// Whether a later try may succeed after this error message.
constexpr std::array<std::string_view, 8> passing{
    "Unable to contact", "Socket timed out",    "temporarily",
    "try again",         "Connection refused",  "Zero Bytes were transmitted",
    "MaxSubmitJob",      "max submit job limit"};

class Slurm final : public BatchSystem {
 public:
  explicit Slurm(BatchWishes wishes) : wishes_(std::move(wishes)) {}

  std::string name() const override { return "Slurm"; }

  Result<std::string> submit(const BatchJob& batch) override {
    const auto& job = batch.job;
    std::vector<std::string> words{
        "sbatch",
        "--parsable",
        "--job-name=" + job.name,
        "--output=" + in_pattern(job.output) + (batch.count ? "%a.out" : ""),
        "--open-mode=append",
        "--chdir=" + job.directory.string(),
        batch.again ? "--requeue" : "--no-requeue"};
    if (batch.count) words.push_back("--array=1-" + std::to_string(*batch.count));
    if (batch.notice.count() > 0)
      words.push_back("--signal=B:TERM@" + std::to_string(batch.notice.count()));
    words.insert(words.end(), wishes_.options.begin(), wishes_.options.end());
    return submitted(run({std::move(words), job_script(job, wishes_.environment), batch.id_file}),
                     slurm::parse_sbatch, passing);
  }

  Result<JobStates> ask(const std::vector<std::string>& ids) override {
    JobStates all;
    for (std::size_t from = 0; from < ids.size(); from += most_ids) {
      std::string list;
      for (std::size_t i = from; i < std::min(ids.size(), from + most_ids); ++i)
        list += ids[i] + ",";
      // a single unknown job is an error; among others it is left out
      list += ids[from];
      auto end = run({{"squeue", "--noheader", "--array", "--states=all", "--jobs=" + list,
                       "--format=%i|%T|%r"}});
      if (!end) return end.error();
      if (end->exit_code != 0 && end->err.find("Invalid job id") == std::string::npos)
        return Error{Errc::wrong_state, complaint(*end)};
      all.merge(slurm::parse_squeue(end->out));
    }
    return all;
  }

  std::optional<JobState> look_up(const std::string& id) override {
    auto end = run({{"sacct", "-n", "-X", "-P", "-j", id, "-o", "JobID,State,ExitCode"}});
    if (!end || end->exit_code != 0) return std::nullopt;  // many clusters keep no books
    auto states = slurm::parse_sacct(end->out);
    auto at = states.find(id);
    return at == states.end() ? std::nullopt : std::optional(at->second);
  }

  void kill(const std::vector<std::string>& ids) override {
    for (std::size_t from = 0; from < ids.size(); from += most_ids) {
      std::vector<std::string> words{"scancel", "--quiet"};
      auto first = ids.begin() + static_cast<std::ptrdiff_t>(from);
      words.insert(words.end(), first,
                   first + static_cast<std::ptrdiff_t>(std::min(most_ids, ids.size() - from)));
      (void)run({std::move(words)});  // what it did not end is refused when it comes
    }
  }

  std::optional<std::string> read_id(const std::string& text) const override {
    return slurm::parse_sbatch(text);
  }

 private:
  /// Inside a job, Slurm would take the job's own variables for our options.
  static Result<ProgramEnd> run(ProgramRun program) {
    program.without = [](std::string_view name) {
      return name.starts_with("SLURM_") && name != "SLURM_CONF" && name != "SLURM_TIME_FORMAT";
    };
    return run_program(program);
  }
  /// '%' is special in file names.
  static std::string in_pattern(const std::filesystem::path& file) {
    std::string out;
    for (char c : file.string()) out += c == '%' ? std::string("%%") : std::string(1, c);
    return out;
  }

  const BatchWishes wishes_;
};

}  // namespace

std::unique_ptr<BatchSystem> make_slurm(BatchWishes wishes) {
  return std::make_unique<Slurm>(std::move(wishes));
}

}  // namespace sherpa::schedulers
