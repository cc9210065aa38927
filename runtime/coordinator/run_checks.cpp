#include "runtime/coordinator/run_checks.hpp"

#include "core/base/duration.hpp"
#include "core/base/shell_words.hpp"
#include "core/base/text.hpp"

#include <sherpa/error.hpp>

#include <unistd.h>
#include <cstdlib>
#include <sstream>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

void refuse(const std::string& why) { throw Exception({Errc::invalid_argument, why}); }

void check_words(const study_file::StudyFile& file, const fs::path& path) {
  if (auto words = base::split_words(file.run.scheduler.submit_options); !words)
    refuse(path.string() + ": run.scheduler.submit_options: " + words.error().message);
  if (file.workers)
    if (auto words = base::split_words(file.workers->submit_options); !words)
      refuse(path.string() + ": workers.submit_options: " + words.error().message);
}

/// A missing program would fail every trial.
void check_program(const study_file::RunSpec& run, const fs::path& path) {
  const auto* argv = std::get_if<std::vector<std::string>>(&run.command);
  if (!argv || argv->empty() || argv->front().find('{') != std::string::npos) return;
  const std::string& program = argv->front();
  auto usable = [](const fs::path& file) {
    return fs::is_regular_file(file) && ::access(file.c_str(), X_OK) == 0;
  };
  if (program.find('/') != std::string::npos) {
    auto file = fs::absolute(run.directory) / program;
    std::error_code ignored;
    if (!fs::exists(file, ignored))
      refuse(path.string() + ": run.command: there is no " + file.string());
    if (!usable(file))
      refuse(path.string() + ": run.command: " + file.string() + " is not executable; chmod +x it");
    return;
  }
  auto given = run.environment.find("PATH");
  const char* inherited = std::getenv("PATH");
  std::istringstream directories(given != run.environment.end() ? given->second
                                 : inherited                    ? inherited
                                                                : "/usr/bin:/bin");
  for (std::string directory; std::getline(directories, directory, ':');)
    if (usable(fs::path(directory) / program)) return;
  refuse(path.string() + ": run.command: there is no program " + base::quote(program) + " in PATH");
}

}  // namespace

Result<std::chrono::milliseconds> time_budget_of(std::chrono::duration<double> given) {
  auto budget = base::duration_of(given.count());
  if (!budget) return Error{Errc::invalid_argument, "time_budget: " + budget.error().message};
  if (budget->count() <= 0)
    return Error{Errc::invalid_argument,
                 "time_budget must be at least a millisecond; leave it out for no limit"};
  return budget;
}

study_file::StudyFile read_for_run(const fs::path& path, bool update, bool take_over, bool own) {
  auto file = study_file::read_study_file(path).or_throw();
  check_words(file, path);
  if (own && file.workers)
    refuse(path.string() + ": trials run on your own scheduler, but the file asks for workers");
  if (own && file.run.function)
    refuse(path.string() + ": your own scheduler runs commands; see run.command");
  if (!file.workers) check_program(file.run, path);  // else it is the workers that must have it
  file.setup.update = update;
  file.setup.take_over = take_over;
  file.setup.output_dir = fs::absolute(file.setup.output_dir);
  return file;
}

}  // namespace sherpa::runtime
