#include "schedulers/batch/grid_engine.hpp"

#include "core/base/encoding.hpp"
#include "schedulers/batch/program.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace sherpa::schedulers {

namespace grid_engine {

namespace {

using Phase = JobState::Phase;
using How = JobState::How;

bool is_id(std::string_view text) {
  return !text.empty() && text.size() < 32 && text.find_first_not_of("0123456789") == text.npos;
}

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n"), last = text.find_last_not_of(" \t\r\n");
  return first == text.npos ? std::string_view() : text.substr(first, last - first + 1);
}

/// The text between `<tag>` and `</tag>`.
std::string_view element(std::string_view xml, const std::string& tag) {
  auto from = xml.find("<" + tag + ">");
  if (from == xml.npos) return {};
  xml.remove_prefix(from + tag.size() + 2);
  return trimmed(xml.substr(0, xml.find("</" + tag + ">")));
}

/// The rest of the last line that begins with this word and a blank.
std::string_view last_entry(std::string_view text, std::string_view name) {
  std::string_view found;
  each_line(text, [&](std::string_view line) {
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ')
      found = trimmed(line.substr(name.size()));
  });
  return found;
}

std::optional<int> number(std::string_view text) {
  int x = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  return error == std::errc() ? std::optional(x) : std::nullopt;
}

}  // namespace

std::optional<std::string> parse_qsub(std::string_view text) {
  std::optional<std::string> id;
  each_line(text, [&](std::string_view raw) {
    auto line = trimmed(raw);
    auto first = line.substr(0, line.find('.'));
    if (is_id(first)) id = std::string(first);  // before it, a site's own scripts may greet
  });
  return id;
}

JobState state_of(std::string_view letters) {
  JobState state{Phase::running, How::finished, base::printable(letters)};
  auto has = [&](std::string_view any) { return letters.find_first_of(any) != letters.npos; };
  if (has("E")) {
    state.phase = Phase::stuck;
  } else if (has("d")) {
    state.phase = Phase::ending;
    state.how = How::killed;  // its books will not say so, if it ends in order
  } else if (has("rtsST")) {
    state.phase = Phase::running;
  } else if (has("qwh")) {
    state.phase = Phase::queued;
  }
  return state;
}

JobStates parse_qstat(std::string_view xml) {
  constexpr std::string_view begin = "<job_list", end = "</job_list>";
  JobStates states;
  while (true) {
    auto from = xml.find(begin);
    if (from == xml.npos) return states;
    xml.remove_prefix(from + begin.size());
    auto one = xml.substr(0, xml.find(end));
    auto id = element(one, "JB_job_number"), letters = element(one, "state");
    if (is_id(id) && !letters.empty()) states.insert_or_assign(std::string(id), state_of(letters));
    xml.remove_prefix(one.size());
  }
}

std::optional<JobState> parse_qacct(std::string_view text) {
  const auto failed_text = last_entry(text, "failed"), exit_text = last_entry(text, "exit_status");
  const auto failed = number(failed_text), status = number(exit_text);
  if (!failed || !status) return std::nullopt;
  constexpr int rescheduled = 25, out_of_time = 37, after_job = 100;
  JobState state{Phase::over, How::node_failed, "failed " + base::printable(failed_text)};
  switch (*failed) {
    case 0:
      state.how = *status == 0 ? How::finished : How::failed;
      state.why = "exit status " + std::to_string(*status);
      break;
    case rescheduled:  // the next start of it has left no entry yet
      return std::nullopt;
    case out_of_time: state.how = How::timeout; break;
    case after_job:
      state.how = How::killed;
      state.why += ", exit status " + std::to_string(*status);
      break;
    default:
      if (*failed < 32)
        state.how = How::failed;  // before there was a job: its shell, its directory, its output
  }
  return state;
}

std::string parse_reason(std::string_view text) {
  std::string why;
  each_line(text, [&](std::string_view line) {
    if (!line.starts_with("error reason")) return;
    auto colon = line.find(':');
    // Followed by time and place: `11/25/2026 21:56:07 [0:27746]: error: can't chdir …`.
    auto said = colon == line.npos ? std::string_view() : trimmed(line.substr(colon + 1));
    if (auto bracket = said.find("]: "); bracket != said.npos) said.remove_prefix(bracket + 3);
    why = base::printable(said);
  });
  return why;
}

}  // namespace grid_engine

namespace {

/// Whether a later try may succeed after this error message.
constexpr std::array<std::string_view, 5> passing{"unable to send message", "unable to contact",
                                                  "commlib error", "got no response",
                                                  "would exceed"};

class GridEngine final : public BatchSystem {
 public:
  explicit GridEngine(BatchWishes wishes) : wishes_(std::move(wishes)) {}

  std::string name() const override { return "Grid Engine"; }

  Result<std::string> submit(const BatchJob& batch) override {
    const auto& job = batch.job;
    // A script's shebang is ignored, so its shell is named. -notify: a signal before the
    // kill.
    std::vector<std::string> words{"qsub",
                                   "-terse",
                                   "-notify",
                                   "-N",
                                   legal(job.name),
                                   "-wd",
                                   job.directory.string(),
                                   "-j",
                                   "y",
                                   "-o",
                                   job.output.string() + (batch.count ? "$TASK_ID.out" : ""),
                                   "-S",
                                   wishes_.environment.empty() ? "/bin/sh" : "/bin/bash",
                                   "-r",
                                   batch.again ? "y" : "n"};
    if (batch.count) words.insert(words.end(), {"-t", "1-" + std::to_string(*batch.count)});
    words.insert(words.end(), wishes_.options.begin(), wishes_.options.end());
    return submitted(
        run_program({std::move(words), job_script(job, wishes_.environment), batch.id_file}),
        grid_engine::parse_qsub, passing);
  }

  Result<JobStates> ask(const std::vector<std::string>& ids) override {
    auto end = run_program({{"qstat", "-xml"}});  // of this user's jobs
    if (!end) return end.error();
    if (end->exit_code != 0 || end->out.find("</job_info>") == std::string::npos)
      return Error{Errc::wrong_state, complaint(*end)};
    auto all = grid_engine::parse_qstat(end->out);
    JobStates ours;
    for (const auto& id : ids)
      if (auto at = all.find(id); at != all.end()) ours.insert(*at);
    return ours;
  }

  std::optional<JobState> look_up(const std::string& id) override {
    if (auto there = run_program({{"qstat", "-j", id}}); there && there->exit_code == 0) {
      JobState state{JobState::Phase::stuck, JobState::How::failed,
                     grid_engine::parse_reason(there->out)};
      return state.why.empty() ? std::nullopt : std::optional(std::move(state));
    }
    auto end = run_program({{"qacct", "-j", id}});
    return end && end->exit_code == 0 ? grid_engine::parse_qacct(end->out) : std::nullopt;
  }

  void kill(const std::vector<std::string>& ids) override {
    std::string list;
    for (const auto& id : ids) list += (list.empty() ? "" : ",") + id;
    if (!list.empty()) (void)run_program({{"qdel", list}});
  }

  std::optional<std::string> read_id(const std::string& text) const override {
    return grid_engine::parse_qsub(text);
  }

 private:
  /// A valid job name: some characters make its programs fail, and no name begins with a digit.
  static std::string legal(const std::string& name) {
    std::string out = name.empty() || (name.front() >= '0' && name.front() <= '9') ? "t" : "";
    for (char c : name) {
      bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                   c == '-' || c == '_' || c == '.';
      out += plain ? c : '_';
    }
    return out;
  }

  const BatchWishes wishes_;
};

}  // namespace

std::unique_ptr<BatchSystem> make_grid_engine(BatchWishes wishes) {
  return std::make_unique<GridEngine>(std::move(wishes));
}

}  // namespace sherpa::schedulers
