#include "runtime/coordinator/conduct.hpp"

#include "actors/team.hpp"
#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/study/open_attempts.hpp"
#include "runtime/coordinator/open_study.hpp"
#include "runtime/coordinator/results_writer.hpp"
#include "runtime/secrets.hpp"
#include "runtime/store/study_directory.hpp"
#include "schedulers/checkpoints.hpp"

#include <exception>
#include <utility>

namespace sherpa::runtime {

using namespace std::chrono_literals;

namespace {

constexpr auto between_pictures = 100ms;

/// Shows the study to the caller's callback, on the caller's thread; what it throws ends the study
/// and is thrown again afterwards.
class Audience {
 public:
  explicit Audience(const std::function<void(const Progress&)>& show) : show_(show) {}

  bool wants() const { return show_ && !thrown_; }
  /// False when the callback threw.
  bool show(const Progress& progress) {
    try {
      show_(progress);
      return true;
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
  }
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  const std::function<void(const Progress&)>& show_;
  std::exception_ptr thrown_;
};

}  // namespace

Result<Conducted> conduct(const Conduct& what) {
  const StudySetup& setup = what.setup;
  auto opened_directory = StudyDirectory::open(setup);
  if (!opened_directory) return opened_directory.error();
  auto directory = *std::move(opened_directory);
  DriverOptions driver{.prefetch = what.prefetch,
                       .limits = what.limits,
                       .command = what.command,
                       .token = {},
                       .viewer = what.viewer};
  if (what.tokens)
    driver.token = [](const std::string& uuid, TrialId, AttemptId) {
      auto token = study::token_prefix(uuid) + make_secret();
      return study::Token{token, hash_secret(token)};
    };
  auto opened =
      open_study(setup, driver, directory ? directory->store.get() : nullptr, base::read_clocks());
  if (directory) directory->report_salvage();
  if (!opened) return opened.error();
  auto& study = *opened;
  const auto uuid = study.pipeline.engine().study().uuid;
  std::unique_ptr<study::Launcher> launcher;
  if (what.launcher) {
    auto made = what.launcher(directory.get());
    if (!made) return made.error();
    launcher = *std::move(made);
  }
  actors::Workers workers;
  if (what.workers) {
    auto made = what.workers(directory.get(), uuid);
    if (!made) return made.error();
    workers = *std::move(made);
  }

  actors::TeamParts parts{.pipeline = std::move(study.pipeline),
                          .hosts = std::move(study.hosts),
                          .released = std::move(study.released),
                          .question = study.question,
                          .store = directory ? directory->store.get() : nullptr,
                          .launcher = std::move(launcher),
                          .workers = std::move(workers),
                          .hash_token = hash_secret,
                          .planned = study.planned,
                          .make_algorithm = {},
                          .make_rule = {},
                          .point_current = {},
                          .prune = {},
                          .taken_up = {}};
  if (what.taken_up) parts.taken_up = [&] { what.taken_up(uuid); };
  parts.make_algorithm = [&](const study::Engine& engine) {
    return build_algorithm(setup.algorithm, study.space, engine);
  };
  parts.make_rule = [&](const study::Engine& engine) {
    return build_rule(*setup.stopping_rule, engine);
  };
  parts.point_current = [&](const study::effect::CheckpointCurrent& current) {
    return schedulers::point_current(setup.output_dir, current.trial, current.directory);
  };

  parts.prune = [&](const study::effect::CheckpointsUnneeded& unneeded) {
    return schedulers::prune_checkpoints(setup.output_dir, unneeded.trial, unneeded.keep,
                                         unneeded.earlier_only);
  };

  Audience audience(what.progress);
  actors::TeamResult result;
  {
    actors::Team team(std::move(parts));
    std::unique_ptr<ResultsWriter> housekeeper;
    if (directory)
      housekeeper = std::make_unique<ResultsWriter>(
          ResultsWriter::Duties{.directory = directory->path,
                                .results = [&] { return team.results(); },
                                .still_ours = [&] { return directory->lock->still_held(); },
                                .lost = [&](const Error& error) { team.abandon(error); }});
    std::stop_callback on_stop(what.stop, [&] {
      team.interrupt(study::EndOfStudy::cancelled, "told to stop");
      team.wake();
    });
    if (what.running) what.running(&team, study.space);
    auto next_picture = std::chrono::steady_clock::now();
    bool asked = false;
    while (!team.ended()) {
      auto now = std::chrono::steady_clock::now();
      if (audience.wants() && !asked && now >= next_picture) {
        team.ask_for_progress();
        asked = true;
        next_picture = now + between_pictures;
      }
      team.wait(audience.wants() ? between_pictures : std::chrono::milliseconds(1h));
      if (auto picture = team.progress()) {
        asked = false;
        if (!team.ended() && audience.wants() && !audience.show(*picture))
          team.interrupt(study::EndOfStudy::error, "the progress callback threw");
      }
    }
    if (audience.wants())
      if (auto last = team.last_progress()) {
        last->finished = true;
        last->remaining.reset();
        audience.show(*last);
      }
    if (what.running) what.running(nullptr, study.space);
    result = team.take_result();
  }
  if (directory)
    if (auto written = write_results(directory->path, result.results); !written)
      base::log(LogLevel::warning, written.error().message);
  audience.rethrow();
  if (result.error) return *result.error;
  return Conducted{result.why, std::move(result.message), std::move(result.best),
                   std::move(result.results)};
}

}  // namespace sherpa::runtime
