#include "runtime/coordinator/run_study.hpp"

#include "core/base/duration.hpp"
#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/shell_words.hpp"
#include "core/base/text.hpp"
#include "core/study/open_attempts.hpp"
#include "core/study_file/study_file.hpp"
#include "dashboard/trial_api.hpp"
#include "runtime/coordinator/conduct.hpp"
#include "runtime/coordinator/study_page.hpp"
#include "runtime/coordinator/study_workers.hpp"
#include "runtime/store/study_directory.hpp"
#include "schedulers/batch/batch_launcher.hpp"
#include "schedulers/local/command_launcher.hpp"
#include "schedulers/local/find_job_shim.hpp"

#include <sherpa/run_study.hpp>
#include <sherpa/scheduler.hpp>

#include <dlfcn.h>
#include <unistd.h>
#include <atomic>
#include <cstdlib>
#include <sstream>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t most_prepared = 16;  // where nobody knows how many trials will run at once

void refuse(const std::string& why) { throw Exception({Errc::invalid_argument, why}); }

/// What cannot be done is said before anything is made.
void check(const study_file::StudyFile& file, const fs::path& path) {
  if (auto words = base::split_words(file.run.scheduler.submit_options); !words)
    refuse(path.string() + ": run.scheduler.submit_options: " + words.error().message);
  if (file.workers)
    if (auto words = base::split_words(file.workers->submit_options); !words)
      refuse(path.string() + ": workers.submit_options: " + words.error().message);
}

/// A program that is not there would fail every trial.
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

/// Before a local command: what is to be sourced, and the words that users want there.
std::vector<std::string> words_before(const study_file::SchedulerSpec& scheduler) {
  auto words = base::split_words(scheduler.submit_options).or_throw();
  if (!scheduler.environment.empty())
    words.insert(words.begin(), {"/bin/bash", "-c", ". \"$0\" && exec \"$@\"",
                                 fs::absolute(scheduler.environment).string()});
  return words;
}

bool is_usable(const fs::path& file) { return ::access(file.c_str(), X_OK) == 0; }

/// The command `sherpa` for jobs: this program, if it is that; else as it lies beside this library,
/// or in PATH.
fs::path find_sherpa(const fs::path& given) {
  if (!given.empty()) {
    if (!is_usable(given)) refuse("there is no program " + given.string());
    return fs::absolute(given);
  }
  std::vector<fs::path> places;
  std::error_code none;
  if (auto self = fs::read_symlink("/proc/self/exe", none); self.filename() == "sherpa")
    places.push_back(self);
  Dl_info library{};
  if (::dladdr(reinterpret_cast<const void*>(&find_sherpa), &library) != 0 && library.dli_fname) {
    const auto beside = fs::absolute(library.dli_fname).parent_path();
    for (const auto& directory :
         {beside, beside.parent_path() / "bin", beside.parent_path().parent_path() / "bin"})
      places.push_back(directory / "sherpa");
  }
  const char* path = std::getenv("PATH");
  std::istringstream directories(path ? path : "");
  for (std::string directory; std::getline(directories, directory, ':');)
    if (!directory.empty()) places.push_back(fs::absolute(directory) / "sherpa");
  for (const auto& place : places)
    if (fs::is_regular_file(place, none) && is_usable(place)) return place;
  refuse("the command sherpa, which jobs run, is not in PATH; install it, or say where it is");
  return {};
}

std::unique_ptr<schedulers::BatchSystem> batch_system(const study_file::SchedulerSpec& spec,
                                                      Scheduler* own) {
  if (own) return schedulers::make_own_system(*own);
  schedulers::BatchWishes wishes{
      .options = base::split_words(spec.submit_options).or_throw(),
      .environment = spec.environment.empty() ? fs::path() : fs::absolute(spec.environment)};
  return spec.name == study_file::SchedulerKind::slurm
             ? schedulers::make_slurm(std::move(wishes))
             : schedulers::make_grid_engine(std::move(wishes));
}

std::optional<dashboard::TlsFiles> tls_of(const study_file::DashboardSpec& page) {
  if (!page.tls) return std::nullopt;
  return dashboard::TlsFiles{page.tls->certificate, page.tls->key};
}

}  // namespace

runtime::Conducted coordinate(const study_file::StudyFile& file, const Coordination& how) {
  const auto& output_dir = file.setup.output_dir;
  const bool batch =
      !file.workers && (how.own || file.run.scheduler.name != study_file::SchedulerKind::local);

  auto attempts = std::make_shared<study::OpenAttempts>();
  dashboard::TrialApi trial_api(*attempts);
  std::atomic<bool> taken_up = false;
  auto trials = [&](const dashboard::Request& request, dashboard::Reply reply) {
    if (!taken_up)
      return reply(dashboard::problem(
          503, "the study is just starting; try again in a moment"));  // jobs not known yet
    trial_api.handle(request, std::move(reply));
  };
  auto page = runtime::StudyPage::open({.name = file.setup.name,
                                        .output_dir = output_dir,
                                        .shown = file.dashboard.enabled,
                                        .host = file.dashboard.host,
                                        .port = file.dashboard.port,
                                        .tls = tls_of(file.dashboard),
                                        .others = trials})
                  .or_throw();

  runtime::Conduct what{.setup = file.setup,
                        .limits = study_file::limits_of(file.run),
                        .command = study_file::command_to_json(file.run),
                        .prefetch = file.run.max_concurrent.value_or(most_prepared),
                        .launcher = {},
                        .tokens = true,
                        .stop = how.stop,
                        .progress = how.progress,
                        .taken_up = {},
                        .viewer = page->viewer(),
                        .running = {}};
  if (batch) {
    if (what.limits.max_concurrent == 0) what.limits.max_concurrent = 1;
    what.limits.timeout_ms = 0;  // jobs see to it themselves: it begins when they do
  }
  what.setup.prune_checkpoints = file.run.checkpoints.keep == study_file::Keep::needed;
  auto tell_where = [&](const runtime::StudyDirectory& directory) -> Result<void> {
    if (auto done = base::replace_file(output_dir / "study.yaml", study_file::to_yaml(file), 0644);
        !done)
      return done;
    return page->announce(&directory);
  };
  StudyWorkers workers(file, file.workers && file.workers->launch != study_file::Launch::none
                                 ? find_sherpa(how.sherpa)
                                 : fs::path());
  auto take_workers = [&](const runtime::StudyDirectory* directory,
                          const std::string& uuid) -> Result<actors::Workers> {
    if (auto told = tell_where(*directory); !told) return told.error();
    return workers.open(*directory, uuid);
  };
  auto run_here =
      [&](const runtime::StudyDirectory* directory) -> Result<std::unique_ptr<study::Launcher>> {
    if (auto told = tell_where(*directory); !told) return told.error();
    return schedulers::make_command_launcher(
        {.output_dir = output_dir,
         .command = [run = file.run](
                        const Configuration& c) { return study_file::resolved_command(run, c); },
         .submit_options = words_before(file.run.scheduler),
         .directory = fs::absolute(file.run.directory),
         .environment = file.run.environment,
         .slots = file.run.max_concurrent.value_or(1),
         .resources = file.run.scheduler.resources,
         .grace = file.run.grace,
         .orphan_grace = file.run.orphan_grace,
         .shim = schedulers::find_job_shim(),
         .url = [url = page->url()] { return url; },
         .attempts = attempts});
  };
  link::GreetJob jobs;
  auto submit = [&](const runtime::StudyDirectory*) -> Result<std::unique_ptr<study::Launcher>> {
    std::vector<std::string> command{
        find_sherpa(how.sherpa).string(), "job",     "--join",
        (output_dir / "join").string(),   "--alone", base::show_duration(file.run.orphan_grace)};
    if (file.run.timeout)
      command.insert(command.end(), {"--timeout", base::show_duration(*file.run.timeout)});
    auto made =
        schedulers::make_batch_launcher({.output_dir = output_dir,
                                         .system = batch_system(file.run.scheduler, how.own),
                                         .command = std::move(command),
                                         .directory = fs::absolute(file.run.directory),
                                         .name = file.setup.name,
                                         .resources = file.run.scheduler.resources,
                                         .grace = file.run.grace,
                                         .lease = file.run.lease});
    if (!made) return made.error();
    jobs = std::move(made->greet);
    return std::move(made->launcher);
  };
  auto take_jobs = [&](const runtime::StudyDirectory* directory, const std::string& uuid) {
    auto listener = take_workers(directory, uuid);
    if (listener) listener->jobs = std::move(jobs);
    return listener;
  };
  if (file.workers) {
    what.workers = take_workers;
  } else if (batch) {
    what.launcher = submit;
    what.workers = take_jobs;
  } else {
    what.launcher = run_here;
  }
  what.taken_up = [&](const std::string& uuid) {
    attempts->belong_to(uuid);
    taken_up = true;
  };
  what.running = [&](study::Steerable* study, const space::SearchSpace& space) {
    page->attach(study, space);
  };
  auto done = runtime::conduct(what).or_throw();
  if (done.why == study::EndOfStudy::error)
    throw Exception({Errc::study_failed, "the study ended with an error: " + done.message +
                                             "; running it again goes on"});
  return done;
}

study_file::StudyFile read_for_run(const fs::path& path, bool update, bool take_over, bool own) {
  auto file = study_file::read_study_file(path).or_throw();
  check(file, path);
  if (own && file.workers)
    refuse(path.string() +
           ": trials run on the scheduler that is given, and the file wants workers");
  if (own && file.run.function)
    refuse(path.string() + ": a scheduler of one's own runs commands; see run.command");
  if (!file.workers) check_program(file.run, path);  // else it is the workers that must have it
  file.setup.update = update;
  file.setup.take_over = take_over;
  file.setup.output_dir = fs::absolute(file.setup.output_dir);
  return file;
}

}  // namespace sherpa::runtime

namespace sherpa {

std::optional<BestResult> run_study(const std::filesystem::path& study_file, Scheduler& scheduler,
                                    RunOptions options) {
  const auto file = runtime::read_for_run(study_file, options.update, options.take_over, true);
  return runtime::coordinate(file, {.own = &scheduler,
                                    .sherpa = std::move(options.sherpa),
                                    .stop = std::move(options.stop),
                                    .progress = std::move(options.progress)})
      .best;
}

}  // namespace sherpa
