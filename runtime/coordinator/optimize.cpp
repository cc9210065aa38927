#include <sherpa/optimize.hpp>

#include "runtime/coordinator/conduct.hpp"
#include "runtime/coordinator/study_page.hpp"
#include "schedulers/local/function_launcher.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace sherpa {

namespace {

void check(const OptimizeOptions& options, const Objective& objective) {
  auto refuse = [](const std::string& why) { throw Exception({Errc::invalid_argument, why}); };
  if (!objective) refuse("optimize: there is no objective to call");
  if (options.max_concurrent == 0) refuse("max_concurrent is 0; use at least 1");
  if (options.max_concurrent > 4096)
    refuse("max_concurrent is above 4096, and each takes a thread; use fewer");
  if (options.timeout && !(options.timeout->count() > 0))
    refuse("timeout must be longer than nothing; leave it out for none");
}

study::Limits limits_of(const OptimizeOptions& options) {
  study::Limits limits;
  limits.max_concurrent = options.max_concurrent;
  limits.retry.failed = options.resubmit_failed_trials;
  limits.give_up_after = options.give_up_after;
  if (options.timeout)
    limits.timeout_ms =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(options.timeout->count() * 1000));
  return limits;
}

}  // namespace

std::optional<BestResult> optimize(StudySetup setup, Objective objective, OptimizeOptions options) {
  check(options, objective);
  runtime::Conduct what{.setup = std::move(setup),
                        .limits = limits_of(options),
                        .prefetch = options.max_concurrent,
                        .launcher = {},
                        .stop = options.stop,
                        .progress = options.progress};
  const auto page = runtime::page_of(what.setup).or_throw();
  if (page) {
    what.viewer = page->viewer();
    what.running = [&](study::Steerable* study, const space::SearchSpace& space) {
      page->attach(study, space);
    };
  }
  what.launcher =
      [&](const runtime::StudyDirectory* directory) -> Result<std::unique_ptr<study::Launcher>> {
    if (page)
      if (auto told = page->announce(directory); !told) return told.error();
    return schedulers::make_function_launcher(std::move(objective), options.max_concurrent,
                                              what.setup.output_dir);
  };
  auto done = runtime::conduct(what).or_throw();
  if (done.why == study::EndOfStudy::error)
    throw Exception({Errc::study_failed, "the study ended with an error: " + done.message +
                                             "; running it again resumes it"});
  return done.best;
}

}  // namespace sherpa
