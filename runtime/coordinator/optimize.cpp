#include <sherpa/optimize.hpp>

#include "runtime/coordinator/run_checks.hpp"
#include "runtime/coordinator/study_page.hpp"
#include "runtime/coordinator/study_run.hpp"
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
  if (options.time_budget)
    limits.time_budget_ms = runtime::time_budget_of(*options.time_budget).or_throw().count();
  limits.time_budget_per_run = options.time_budget_per_run;
  return limits;
}

/// Runs the objective on threads of this process.
class FunctionExecution final : public runtime::Execution {
 public:
  FunctionExecution(Objective objective, const OptimizeOptions& options,
                    std::filesystem::path output_dir)
      : objective_(std::move(objective)),
        threads_(options.max_concurrent),
        output_dir_(std::move(output_dir)) {}

  Result<runtime::Runners> open(const runtime::StudyDirectory*, const std::string&) override {
    return runtime::Runners{.launcher = schedulers::make_function_launcher(std::move(objective_),
                                                                           threads_, output_dir_)};
  }

 private:
  Objective objective_;
  std::uint32_t threads_;
  std::filesystem::path output_dir_;
};

}  // namespace

std::optional<BestResult> optimize(StudySetup setup, Objective objective, OptimizeOptions options) {
  check(options, objective);
  const auto page = runtime::page_of(setup).or_throw();
  FunctionExecution execution(std::move(objective), options, setup.output_dir);
  runtime::StudyRun run({.setup = std::move(setup),
                         .limits = limits_of(options),
                         .prefetch = options.max_concurrent,
                         .retry_failed = options.retry_failed,
                         .stop = options.stop,
                         .progress = options.progress},
                        execution, page.get());
  auto outcome = run.run().or_throw();
  if (auto failure = outcome.failure(); !failure.empty())
    throw Exception({Errc::study_failed, std::move(failure)});
  return outcome.last.best;
}

}  // namespace sherpa
