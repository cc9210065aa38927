#include "core/feed/report.hpp"
#include "core/study_file/study_file.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/coordinator/run_study.hpp"

#include <sherpa/terminal.hpp>

#include <chrono>
#include <iostream>

namespace sherpa::cli {

namespace {

void print(const runtime::Conducted& done, const study_file::StudyFile& file,
           const RunArguments& arguments, int exit_code) {
  if (arguments.json) {
    feed::report::Json out{
        {"why", std::string(base::name_of(done.why))},
        {"best", done.best ? feed::report::of(*done.best) : feed::report::Json(nullptr)},
        {"results", (file.setup.output_dir / "results.csv").string()}};
    std::cout << out.dump(2) << '\n';
    return;
  }
  if (done.best) std::cout << '\n' << *done.best << '\n';
  std::cout << "\nall results    " << (file.setup.output_dir / "results.csv").string()
            << "\nrun it again   sherpa run " << arguments.study_file.string()
            << (exit_code == 0 ? "   (it is finished: raise max_num_trials to go on)\n"
                               : "   (it goes on where it was)\n");
}

}  // namespace

int run(const RunArguments& arguments) {
  auto file =
      runtime::read_for_run(arguments.study_file, arguments.update, arguments.take_over, false);
  if (!arguments.dashboard_host.empty()) file.dashboard.host = arguments.dashboard_host;
  if (const auto& tls = arguments.dashboard_tls; !tls.empty())
    file.dashboard.tls = {tls.front(), tls.back()};
  if (arguments.no_dashboard) file.dashboard.enabled = false;
  StopOnSignals signals(std::chrono::duration_cast<std::chrono::seconds>(file.run.grace) +
                        std::chrono::seconds(10));
  auto done = runtime::coordinate(file, {.stop = signals.token(), .progress = live_view()});
  print(done, file, arguments, signals.exit_code());
  return signals.exit_code();
}

}  // namespace sherpa::cli
