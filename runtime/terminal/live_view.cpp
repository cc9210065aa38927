#include "runtime/terminal/live_view.hpp"

#include "core/base/console.hpp"
#include "core/base/text.hpp"

#include <sherpa/terminal.hpp>

#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>

namespace sherpa {

namespace runtime {

namespace {

/// Columns that a text takes, counting code points: good enough for what stands in a study, and
/// never breaks a character.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Objectives in the view are for the eye.
std::string brief(double x) {
  if (!std::isfinite(x)) return show(x);
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", x);
  return text;
}

std::string brief(const Configuration& configuration) {
  std::string out;
  for (auto [name, value] : configuration) {
    char number[32];
    if (!out.empty()) out += ", ";
    (out += name) += '=';
    if (value.kind() == Value::Kind::real) {
      std::snprintf(number, sizeof number, "%.3g", value.real());
      out += number;
    } else {
      out += value.show();
    }
  }
  return out;
}

std::string bar(const Progress& p, std::size_t width) {
  double part =
      p.total && *p.total > 0 ? static_cast<double>(p.ended()) / static_cast<double>(*p.total) : 0;
  auto full = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * static_cast<double>(width));
  std::string out;
  for (std::size_t i = 0; i < width; ++i) out += i < full ? "━" : "─";
  return out;
}

std::string counts(const Progress& p) {
  std::vector<std::string> parts;
  if (p.completed > 0) parts.push_back(std::to_string(p.completed) + " completed");
  if (p.stopped > 0) parts.push_back(std::to_string(p.stopped) + " stopped");
  if (p.failed > 0) parts.push_back(std::to_string(p.failed) + " failed");
  return base::enumerate(parts);
}

std::string of_total(const Progress& p) {
  return p.total ? std::to_string(p.ended()) + " of " + std::to_string(*p.total)
                 : std::to_string(p.ended());
}

bool remote(const Progress::Worker& worker) { return worker.lease.has_value(); }

/// `3, 5 of 12 slots busy`; nothing where trials run on this host.
std::string workers_in_all(const Progress& p) {
  std::size_t count = 0, slots = 0, busy = 0, away = 0;
  for (const auto& w : p.workers) {
    if (!remote(w)) continue;
    ++count;
    slots += w.slots;
    busy += w.slots - w.free_slots;
    away += w.state == Progress::Worker::State::away ? 1 : 0;
  }
  if (count == 0) return "";
  return std::to_string(count) + (away > 0 ? " (" + std::to_string(away) + " not back yet)" : "") +
         ", " + std::to_string(busy) + " of " + std::to_string(slots) + " slots busy";
}

/// `12 jobs: PENDING (Resources); 3 jobs: PENDING (Priority)`, the commonest reason first.
std::string waiting_in_all(const Progress& p) {
  std::map<std::string_view, std::size_t> reasons;
  for (const auto& r : p.running)
    if (!r.waits.empty()) ++reasons[r.waits];
  std::vector<std::pair<std::string_view, std::size_t>> sorted(reasons.begin(), reasons.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string out;
  for (const auto& [why, count] : sorted)
    (out += (out.empty() ? "" : "; ") + std::to_string(count) +
            (count == 1 ? " job: " : " jobs: ")) += why;
  return out;
}

/// A trial that failed may have the best result all the same.
const char* failed_mark(const Progress& p) {
  return p.best && p.best->status == TrialStatus::failed ? ", which failed" : "";
}

std::string times(const Progress& p) {
  std::string out = show_time(p.elapsed);
  if (p.stopping && !p.finished) return out + ", stopping";
  if (p.remaining) out += ", about " + show_time(*p.remaining) + " left";
  if (p.time_left) out += ", " + show_time(*p.time_left) + " of its time budget left";
  return out;
}

}  // namespace

std::string show_time(std::chrono::duration<double> time) {
  auto seconds = static_cast<long long>(std::max(0.0, std::min(time.count(), 1e9)));
  char text[48];
  if (seconds >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60,
                  seconds % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", seconds / 60, seconds % 60);
  }
  return text;
}

std::string fit_width(const std::string& text, std::size_t columns) {
  bool cut = columns_of(text) > columns;
  std::size_t room = cut && columns > 0 ? columns - 1 : columns;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    bool starts = (c & 0xc0) != 0x80;
    if (starts && room-- == 0) break;
    out += c < 0x20 || c == 0x7f ? ' ' : text[i];
  }
  return cut ? out + "…" : out;
}

std::vector<std::string> draw(const Progress& p, std::size_t width, std::size_t height) {
  std::vector<std::string> lines;
  auto add = [&](const std::string& line) { lines.push_back(fit_width(line, width)); };
  auto ended = counts(p);
  add(p.name + "  " + bar(p, std::clamp<std::size_t>(width / 4, 8, 40)) + "  " + of_total(p) +
      " trials" + (ended.empty() ? "" : ": " + ended));
  add("  time     " + times(p));
  if (p.best)
    add("  best     " + brief(p.best->objective) + " in trial " + std::to_string(p.best->trial_id) +
        ", iteration " + std::to_string(p.best->iteration) + failed_mark(p) + "  (" +
        brief(p.best->parameters) + ")");
  if (p.last_failure && p.failed > 0)
    add("  failed   trial " + std::to_string(p.last_failure->trial) + ": " +
        p.last_failure->reason);
  if (auto there = workers_in_all(p); !there.empty()) add("  workers  " + there);
  if (auto waiting = waiting_in_all(p); !waiting.empty()) add("  waiting  " + waiting);
  std::size_t most = height > lines.size() + 3 ? height - lines.size() - 2 : 1;
  for (std::size_t i = 0; i < p.running.size(); ++i) {
    if (i + 1 == most && p.running.size() > most) {
      add("           and " + std::to_string(p.running.size() - i) + " more");
      break;
    }
    const auto& r = p.running[i];
    std::string line = i == 0 ? "  running  " : "           ";
    line += "trial " + std::to_string(r.trial) +
            (r.attempt > 1 ? " (attempt " + std::to_string(r.attempt) + ")" : "");
    if (r.iteration >= 0)
      line += "  iteration " + std::to_string(r.iteration) + "  " + brief(r.objective);
    if (!r.waits.empty()) line += "  waits: " + r.waits;
    add(line + "  (" + brief(r.parameters) + ")");
  }
  return lines;
}

std::vector<std::string> workers_in_words(const Progress& p) {
  using State = Progress::Worker::State;
  std::vector<std::string> lines;
  for (const auto& w : p.workers) {
    if (!remote(w)) continue;
    auto line = w.name + "  " + std::to_string(w.slots - w.free_slots) + " of " +
                std::to_string(w.slots) + " slots busy";
    std::vector<std::string> trials;
    for (auto id : w.trials) trials.push_back(std::to_string(id));
    if (!w.resources.empty()) line += "  " + base::enumerate(w.resources);
    if (!trials.empty())
      line += (trials.size() > 1 ? "  trials " : "  trial ") + base::enumerate(trials);
    if (w.state == State::draining) line += "  takes no more";
    if (w.state == State::away) line += "  not back yet";
    lines.push_back(line + "  lease " + show_time(*w.lease));
  }
  return lines;
}

std::string in_words(const Progress& p) {
  std::string out = p.name + ": " + of_total(p) + " trials";
  if (auto ended = counts(p); !ended.empty()) out += " (" + ended + ")";
  if (p.best)
    out += ", best " + brief(p.best->objective) + " in trial " + std::to_string(p.best->trial_id) +
           failed_mark(p);
  return out + ", " + times(p);
}

namespace {

/// Draws over what it drew before.
class TerminalView {
 public:
  void operator()(const Progress& p) {
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) size = {24, 80, 0, 0};
    std::string out;
    if (drawn_ > 0) out += "\x1b[" + std::to_string(drawn_) + "A\r";
    auto lines = draw(p, size.ws_col, size.ws_row);
    for (const auto& line : lines) out += line + "\x1b[K\n";
    out += "\x1b[J";
    auto& console = base::Console::errors();
    if (console.draw(out)) {
      drawn_ = lines.size();
    } else if (p.finished) {
      console.write(out);
    }
  }

 private:
  std::size_t drawn_ = 0;
};

/// A line when something has ended, at most one a second, and one at the end.
class PlainView {
 public:
  void operator()(const Progress& p) {
    auto now = std::chrono::steady_clock::now();
    bool news = p.ended() != shown_ && now - last_ >= std::chrono::seconds(1);
    if (!news && !p.finished) return;
    shown_ = p.ended();
    last_ = now;
    base::Console::errors().write(fit_width(in_words(p), 1000) + "\n");
  }

 private:
  std::uint64_t shown_ = 0;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace
}  // namespace runtime

std::function<void(const Progress&)> live_view() {
  const char* term = std::getenv("TERM");
  bool terminal = isatty(STDERR_FILENO) && term && std::strcmp(term, "dumb") != 0;
  if (terminal)
    return [view = std::make_shared<runtime::TerminalView>()](const Progress& p) { (*view)(p); };
  return [view = std::make_shared<runtime::PlainView>()](const Progress& p) { (*view)(p); };
}

}  // namespace sherpa
