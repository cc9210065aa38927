#include "schedulers/batch/program.hpp"

#include "core/base/encoding.hpp"
#include "core/base/files.hpp"
#include "core/base/spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace sherpa::schedulers {

namespace {

constexpr std::size_t longest_complaint = 500;
constexpr int alive_fd = 3;  // its end is the program's

base::Descriptor memory() { return base::Descriptor(::memfd_create("sherpa", MFD_CLOEXEC)); }

std::string contents(const base::Descriptor& file) {
  ::lseek(file.get(), 0, SEEK_SET);
  return base::read_all(file).value_or("");
}

/// Returns false while it is still running.
bool wait_for_end(int alive, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now())
            .count();
    if (left <= 0) return false;
    pollfd one{alive, POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(left)) > 0) return true;
  }
}

}  // namespace

Result<ProgramEnd> run_program(const ProgramRun& run) {
  auto trouble = [&](int number) {
    return Error{number == ENOENT || number == EACCES ? Errc::invalid_argument : Errc::wrong_state,
                 "cannot run " + run.words.front() + ": " + std::strerror(number)};
  };
  auto in = memory(), err = memory();
  auto out = run.output.empty()
                 ? memory()
                 : base::Descriptor(
                       ::open(run.output.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600));
  std::array<int, 2> ends{};
  if (!in || !out || !err || ::pipe2(ends.data(), O_CLOEXEC) != 0) return trouble(errno);
  base::Descriptor ours(ends[0]), theirs(ends[1]);
  if (::write(in.get(), run.input.data(), run.input.size()) !=
          static_cast<ssize_t>(run.input.size()) ||
      ::lseek(in.get(), 0, SEEK_SET) != 0)
    return trouble(errno);

  base::SpawnOptions options;
  options.words = run.words;
  options.environment = base::environment();
  std::erase_if(*options.environment, [&](const std::string& entry) {
    return run.without && run.without(std::string_view(entry).substr(0, entry.find('=')));
  });
  options.descriptors = {{in.get(), STDIN_FILENO},
                         {out.get(), STDOUT_FILENO},
                         {err.get(), STDERR_FILENO},
                         {theirs.get(), alive_fd}};
  const pid_t pid = base::spawn(options);
  if (pid < 0) return trouble(errno);
  theirs.close();
  const bool ended = wait_for_end(ours.get(), run.patience);
  if (!ended) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  ProgramEnd end{WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(out), contents(err)};
  if (ended && WIFEXITED(status)) return end;
  return Error{Errc::wrong_state,
               run.words.front() +
                   (ended ? " was ended by a signal"
                          : " did not answer for " + std::to_string(run.patience.count()) + " ms") +
                   (end.err.empty() ? "" : ": " + complaint(end))};
}

std::string complaint(const ProgramEnd& end) {
  auto text = base::printable(end.err.empty() ? end.out : end.err);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  if (text.size() > longest_complaint)
    text = base::printable(text.substr(0, longest_complaint)) + " …";
  return text.empty() ? "exit code " + std::to_string(end.exit_code) : text;
}

Result<std::string> submitted(const Result<ProgramEnd>& end,
                              std::optional<std::string> (*parse)(std::string_view),
                              std::span<const std::string_view> passing) {
  if (!end) return end.error();
  if (auto id = parse(end->out); id && end->exit_code == 0) return *std::move(id);
  auto said = complaint(*end);
  const bool passes = std::any_of(passing.begin(), passing.end(),
                                  [&](auto text) { return said.find(text) != std::string::npos; });
  return Error{passes ? Errc::wrong_state : Errc::invalid_argument, std::move(said)};
}

}  // namespace sherpa::schedulers
