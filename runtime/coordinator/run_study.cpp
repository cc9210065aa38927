#include "runtime/coordinator/run_study.hpp"

#include "runtime/coordinator/find_sherpa.hpp"
#include "runtime/coordinator/program_execution.hpp"
#include "runtime/coordinator/run_checks.hpp"
#include "runtime/coordinator/study_page.hpp"

#include <sherpa/run_study.hpp>
#include <sherpa/scheduler.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace sherpa::runtime {

namespace {

constexpr std::uint32_t most_prepared = 16;  // where the number of concurrent trials is unknown

std::unique_ptr<StudyPage> open_page(const study_file::StudyFile& file, ProgramApi& api) {
  std::optional<dashboard::TlsFiles> tls;
  if (const auto& given = file.dashboard.tls) tls = {given->certificate, given->key};
  return StudyPage::open(
             {.name = file.setup.name,
              .output_dir = file.setup.output_dir,
              .shown = file.dashboard.enabled,
              .host = file.dashboard.host,
              .port = file.dashboard.port,
              .tls = tls,
              .others = {
                  .handle = [&api](
                                const dashboard::Request& request,
                                dashboard::Reply reply) { api.handle(request, std::move(reply)); },
                  .authorize =
                      [&api](const dashboard::Request& head) { return api.authorize(head); }}})
      .or_throw();
}

bool runs_as_jobs(const study_file::StudyFile& file, const RunFileOptions& options) {
  return !file.workers &&
         (options.own || file.run.scheduler.name != study_file::SchedulerKind::local);
}

std::unique_ptr<Execution> choose_execution(const study_file::StudyFile& file,
                                            const RunFileOptions& options, ProgramApi& api,
                                            const StudyPage& page) {
  if (file.workers) {
    const bool starts_some = file.workers->launch != study_file::Launch::none;
    return make_worker_execution(
        file, api, starts_some ? find_sherpa(options.sherpa) : std::filesystem::path());
  }
  if (runs_as_jobs(file, options))
    return make_batch_execution(file, api, options.own, find_sherpa(options.sherpa));
  return make_local_execution(file, api, [&page] { return page.url(); });
}

RunSettings settings_of(const study_file::StudyFile& file, const RunFileOptions& options) {
  RunSettings settings{.setup = file.setup,
                       .limits = study_file::limits_of(file),
                       .command = study_file::command_to_json(file.run),
                       .prefetch = file.run.max_concurrent.value_or(most_prepared),
                       .retry_failed = options.retry_failed,
                       .stop = options.stop,
                       .progress = options.progress};
  settings.setup.prune_checkpoints = file.run.checkpoints.keep == study_file::Keep::needed;
  if (runs_as_jobs(file, options)) {
    if (settings.limits.max_concurrent == 0) settings.limits.max_concurrent = 1;
    settings.limits.timeout_ms = 0;  // jobs see to it themselves: it begins when they do
  }
  return settings;
}

}  // namespace

StudyOutcome run_study_file(const study_file::StudyFile& file, const RunFileOptions& options) {
  ProgramApi api;
  auto page = open_page(file, api);
  auto execution = choose_execution(file, options, api, *page);
  return StudyRun(settings_of(file, options), *execution, page.get()).run().or_throw();
}

}  // namespace sherpa::runtime

namespace sherpa {

std::optional<BestResult> run_study(const std::filesystem::path& study_file, Scheduler& scheduler,
                                    RunOptions options) {
  auto file = runtime::read_for_run(study_file, options.update, options.take_over, true);
  if (options.time_budget)
    file.time_budget = runtime::time_budget_of(*options.time_budget).or_throw();
  auto outcome = runtime::run_study_file(file, {.own = &scheduler,
                                                .sherpa = std::move(options.sherpa),
                                                .stop = std::move(options.stop),
                                                .progress = std::move(options.progress),
                                                .retry_failed = options.retry_failed});
  if (auto failure = outcome.failure(); !failure.empty())
    throw Exception({Errc::study_failed, std::move(failure)});
  return outcome.last.best;
}

}  // namespace sherpa
