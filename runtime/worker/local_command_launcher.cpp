#include "runtime/worker/local_command_launcher.hpp"

#include "core/study/open_attempts.hpp"
#include "core/study_file/study_file.hpp"
#include "dashboard/http/http_server.hpp"
#include "dashboard/trial_api.hpp"
#include "runtime/worker/program.hpp"
#include "schedulers/local/command_launcher.hpp"
#include "schedulers/local/find_job_shim.hpp"

#include <chrono>
#include <utility>

namespace sherpa::runtime {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// Of the jobs of a worker that was killed: no coordinator comes back for them.
constexpr auto orphan_grace = 1s;

/// Commands on this host, and the trial API on loopback that their scripts use.
class Commands final : public study::Launcher {
 public:
  static Result<std::unique_ptr<study::Launcher>> make(const link::Welcome& welcome,
                                                       const study::Worker& worker,
                                                       const fs::path& join) {
    auto file =
        study_file::parse_study_file(welcome.run, "the coordinator's study file", "study.yaml");
    if (!file) return file.error();
    auto output = worker_output(welcome, join);
    if (!output) return output.error();
    auto& run = file->run;
    std::error_code ignored;
    auto directory = run.directory.is_absolute() && fs::is_directory(run.directory, ignored)
                         ? run.directory
                         : fs::current_path();
    auto commands = std::make_unique<Commands>();
    commands->attempts_->belong_to(welcome.study);
    auto server = dashboard::HttpServer::open(
        {.host = "127.0.0.1", .port = {}},
        [api = &commands->api_](const dashboard::Request& request, dashboard::Reply reply) {
          api->handle(request, std::move(reply));
        },
        {},
        [api = &commands->api_](const dashboard::Request& head) { return api->authorize(head); });
    if (!server) return server.error();
    commands->server_ = *std::move(server);
    auto inner = schedulers::make_command_launcher(
        {.output_dir = *output,
         .command = [run](const Configuration& c) { return study_file::resolved_command(run, c); },
         .directory = std::move(directory),
         .environment = run.environment,
         .worker = worker,
         .grace = run.grace,
         .orphan_grace = orphan_grace,
         .shim = schedulers::find_job_shim(),
         .url = [url = commands->server_->url()] { return url; },
         .attempts = commands->attempts_});
    if (!inner) return inner.error();
    commands->inner_ = *std::move(inner);
    return std::unique_ptr<study::Launcher>(std::move(commands));
  }

  study::Worker worker() const override { return inner_->worker(); }
  void launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> line) override {
    inner_->launch(std::move(start), std::move(line));
  }
  void settled(TrialId trial, AttemptId attempt) override { inner_->settled(trial, attempt); }

 private:
  std::shared_ptr<study::OpenAttempts> attempts_ = std::make_shared<study::OpenAttempts>();
  dashboard::TrialApi api_{*attempts_};
  std::unique_ptr<dashboard::HttpServer> server_;
  std::unique_ptr<study::Launcher> inner_;  // first to go
};

}  // namespace

Result<std::unique_ptr<study::Launcher>> run_commands_here(const link::Welcome& welcome,
                                                           const study::Worker& worker,
                                                           const fs::path& join) {
  return Commands::make(welcome, worker, join);
}

}  // namespace sherpa::runtime
