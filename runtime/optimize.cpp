#include <sherpa/optimize.hpp>

#include "actors/team.hpp"
#include "runtime/open_study.hpp"
#include "runtime/results_file.hpp"
#include "runtime/study_directory.hpp"
#include "schedulers/checkpoints.hpp"
#include "schedulers/function_launcher.hpp"
#include "study/clock.hpp"
#include "study/log.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace sherpa {

using namespace std::chrono_literals;

namespace {

constexpr auto between_pictures = 100ms;

void check(const OptimizeOptions& options, const Objective& objective) {
  auto refuse = [](const std::string& why) { throw Exception({Errc::invalid_argument, why}); };
  if (!objective) refuse("optimize: there is no objective to call");
  if (options.max_concurrent == 0) refuse("max_concurrent is 0; use at least 1");
  if (options.max_concurrent > 4096) refuse("max_concurrent is above 4096, and each takes a thread; use fewer");
  if (options.timeout && !(options.timeout->count() > 0)) refuse("timeout must be longer than nothing; leave it out for none");
}

study::Limits limits_of(const OptimizeOptions& options) {
  study::Limits limits;
  limits.max_concurrent = options.max_concurrent;
  limits.retry.failed = options.resubmit_failed_trials;
  limits.give_up_after = options.give_up_after;
  if (options.timeout) limits.timeout_ms = std::max<std::int64_t>(1, static_cast<std::int64_t>(options.timeout->count() * 1000));
  return limits;
}

/// Shows the study to the caller's callback, on the caller's thread; what it throws ends the study and is thrown again
/// afterwards.
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

std::optional<BestResult> optimize(StudySetup setup, Objective objective, OptimizeOptions options) {
  check(options, objective);
  auto directory = runtime::StudyDirectory::open(setup).or_throw();
  runtime::DriverOptions driver{.direct = false, .prefetch = options.max_concurrent, .limits = limits_of(options)};
  auto opened = runtime::open_study(setup, driver, directory ? directory->store.get() : nullptr, study::read_clocks());
  if (directory) directory->report_salvage();
  auto study = std::move(opened).or_throw();

  actors::TeamParts parts{
      .engine = std::move(study.engine),
      .algorithm = std::move(study.algorithm),
      .rule = std::move(study.rule),
      .journal = std::move(study.journal),
      .effects = std::move(study.effects),
      .ask = study.ask,
      .store = directory ? directory->store.get() : nullptr,
      .launcher = schedulers::make_function_launcher(std::move(objective), options.max_concurrent, setup.output_dir),
      .planned = study.planned,
      .make_algorithm = {},
      .make_rule = {},
      .point_current = {}};
  parts.make_algorithm = [&](const study::Engine& engine) {
    return runtime::build_algorithm(setup.algorithm, study.space, engine);
  };
  parts.make_rule = [&](const study::Engine& engine) { return runtime::build_rule(*setup.stopping_rule, engine); };
  parts.point_current = [&](const study::effect::CheckpointCurrent& current) {
    return schedulers::point_current(setup.output_dir, current.trial, current.directory);
  };

  Audience audience(options.progress);
  actors::TeamResult result;
  {
    actors::Team team(std::move(parts));
    std::unique_ptr<runtime::Housekeeper> housekeeper;
    if (directory)
      housekeeper = std::make_unique<runtime::Housekeeper>(
          runtime::Housekeeper::Duties{.directory = directory->path,
                                       .results = [&] { return team.results(); },
                                       .still_ours = [&] { return directory->lock->still_held(); },
                                       .lost = [&](const Error& error) { team.abandon(error); }});
    std::stop_callback on_stop(options.stop, [&] {
      team.interrupt(study::EndOfStudy::cancelled, "told to stop");
      team.wake();
    });
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
    result = team.take_result();
  }
  if (directory)
    if (auto written = runtime::write_results(directory->path, result.results); !written)
      study::log(LogLevel::warning, written.error().message);
  audience.rethrow();
  if (result.error) throw Exception(*result.error);
  if (result.why == study::EndOfStudy::error)
    throw Exception({Errc::study_failed, "the study ended with an error: " + result.message + "; running it again resumes it"});
  return result.best;
}

}  // namespace sherpa
