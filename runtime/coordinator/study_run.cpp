#include "runtime/coordinator/study_run.hpp"

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/feed/report.hpp"
#include "core/study/open_attempts.hpp"
#include "runtime/coordinator/results_writer.hpp"
#include "runtime/secrets.hpp"
#include "schedulers/checkpoints.hpp"

#include <chrono>
#include <utility>

namespace sherpa::runtime {

using namespace std::chrono_literals;

namespace {

constexpr auto between_snapshots = 100ms;

/// Makes the attempts' secrets, which name the study.
study::Token make_token(const std::string& uuid, TrialId, AttemptId) {
  auto token = study::token_prefix(uuid) + make_secret();
  return {token, hash_secret(token)};
}

}  // namespace

Result<StudyOutcome> StudyRun::run() {
  if (auto done = open_directory(); !done) return done.error();
  if (auto done = open(); !done) return done.error();
  if (page_)
    if (auto done = page_->announce(directory_.get()); !done) return done.error();
  auto runners = execution_.open(directory_.get(), uuid_);
  if (!runners) return runners.error();
  auto result = drive(*std::move(runners));
  auto written = keep_results(result);
  if (!written && (thrown_ || result.error)) base::log(LogLevel::warning, written.error().message);
  if (thrown_) std::rethrow_exception(thrown_);
  if (result.error) return *result.error;
  if (!written)
    return Error{Errc::store, written.error().message +
                                  "; the study itself is stored, and `sherpa export " +
                                  directory_->path.string() + " --csv` prints the table"};
  return StudyOutcome{result.why, std::move(result.message), std::move(result.last),
                      std::move(result.results)};
}

std::string StudyOutcome::failure() const {
  if (why == study::EndOfStudy::error)
    return "the study ended with an error: " + message + "; running it again resumes it";
  if (why == study::EndOfStudy::cancelled || !last.only_failures()) return "";
  return feed::report::failure_of(last);
}

Result<void> StudyRun::keep_results(const actors::TeamResult& result) const {
  if (!directory_) return {};
  if (result.error && !directory_->lock->still_held()) return {};  // nothing of ours is there
  if (result.error) return write_results(directory_->path, result.results);
  return write_last_results(
      directory_->path, result.results, [this] { return directory_->lock->still_held(); },
      settings_.setup.output_dir_patience, settings_.stop);
}

Result<void> StudyRun::open_directory() {
  auto directory = StudyDirectory::open(settings_.setup);
  if (!directory) return directory.error();
  directory_ = *std::move(directory);
  if (directory_)
    held_ = std::make_shared<HeldStarts>(
        [lock = directory_->lock.get()] { return lock->still_held(); });
  return {};
}

Result<void> StudyRun::open() {
  DriverOptions options{.prefetch = settings_.prefetch,
                        .limits = settings_.limits,
                        .command = settings_.command,
                        .viewer = page_ ? page_->viewer() : nullptr,
                        .retry_failed = settings_.retry_failed};
  if (execution_.has_programs()) options.token = make_token;
  auto study = open_study(settings_.setup, options, store(), base::read_clocks());
  if (directory_) directory_->report_salvage();
  if (!study) return study.error();
  uuid_ = study->pipeline.engine().study().uuid;
  space_ = study->space;
  study_ = *std::move(study);
  return {};
}

actors::TeamResult StudyRun::drive(Runners runners) {
  actors::Team team({.pipeline = std::move(study_->pipeline),
                     .hosts = std::move(study_->hosts),
                     .released = std::move(study_->released),
                     .question = study_->question,
                     .store = store(),
                     .launcher = std::move(runners.launcher),
                     .workers = std::move(runners.workers),
                     .planned = study_->planned,
                     .services = this});
  std::unique_ptr<ResultsWriter> writer;
  if (directory_)
    writer = std::make_unique<ResultsWriter>(
        ResultsWriter::Duties{.directory = directory_->path,
                              .results = [&] { return team.results(); },
                              .still_ours = [&] { return directory_->lock->still_held(); },
                              .lost = [&](const Error& error) { team.abandon(error); },
                              .looked = [&](bool there) { held_->look(there); },
                              .patience = settings_.setup.output_dir_patience});
  std::stop_callback on_stop(settings_.stop, [&] {
    team.interrupt(study::EndOfStudy::cancelled, "asked to stop");
    team.wake();
  });
  if (page_) page_->attach(&team, space_);
  show_progress(team);
  if (page_) page_->attach(nullptr, space_);
  return team.take_result();
}

/// Returns when the study has ended.
void StudyRun::show_progress(actors::Team& team) {
  auto next_snapshot = std::chrono::steady_clock::now();
  bool asked = false;
  while (!team.ended()) {
    auto now = std::chrono::steady_clock::now();
    if (has_audience() && !asked && now >= next_snapshot) {
      team.ask_for_progress();
      asked = true;
      next_snapshot = now + between_snapshots;
    }
    team.wait(has_audience() ? between_snapshots : std::chrono::milliseconds(1h));
    if (auto snapshot = team.progress()) {
      asked = false;
      if (!team.ended() && has_audience() && !show(*snapshot))
        team.interrupt(study::EndOfStudy::error, "the progress callback threw");
    }
  }
  if (!has_audience()) return;
  if (auto last = team.last_progress()) {
    last->finished = true;
    last->remaining.reset();
    show(*last);
  }
}

/// False when the callback threw: that ends the study, and is thrown again afterwards.
bool StudyRun::show(const Progress& progress) {
  try {
    settings_.progress(progress);
    return true;
  } catch (...) {
    thrown_ = std::current_exception();
    return false;
  }
}

Result<std::unique_ptr<study::AlgorithmHost>> StudyRun::rebuild_algorithm(
    const study::Engine& engine) {
  return build_algorithm(settings_.setup.algorithm, space_, engine);
}

std::unique_ptr<study::RuleHost> StudyRun::rebuild_rule(const study::Engine& engine) {
  return build_rule(*settings_.setup.stopping_rule, engine);
}

std::shared_ptr<study::Launcher> StudyRun::guard(std::shared_ptr<study::Launcher> launcher) {
  return held_ ? with_held_starts(held_, std::move(launcher)) : launcher;
}

Result<void> StudyRun::point_current(const study::effect::CheckpointCurrent& current) {
  return schedulers::point_current(settings_.setup.output_dir, current.trial, current.directory);
}

Result<void> StudyRun::prune(const study::effect::CheckpointsUnneeded& unneeded) {
  return schedulers::prune_checkpoints(settings_.setup.output_dir, unneeded.trial, unneeded.keep,
                                       unneeded.earlier_only);
}

std::string StudyRun::hash_token(const std::string& token) { return hash_secret(token); }

}  // namespace sherpa::runtime
