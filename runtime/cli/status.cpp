#include "core/feed/report.hpp"
#include "core/feed/snapshot.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/cli/stored_or_running.hpp"
#include "runtime/terminal/live_view.hpp"

#include <iostream>
#include <memory>

namespace sherpa::cli {

namespace {

namespace report = feed::report;
using report::Json;

/// The state of a stopped study, in words.
std::string state_of(const study::Engine& engine, const Progress& snapshot) {
  if (!engine.ended()) return "interrupted; run it again to resume";
  switch (engine.ended()->why) {
    case study::EndOfStudy::exhausted:
    case study::EndOfStudy::budget:
      if (!snapshot.only_failures()) return "finished";
      return "failed: " + report::failure_of(snapshot) +
             "; sherpa run --retry-failed runs these configurations again";
    case study::EndOfStudy::cancelled: return "interrupted; run it again to resume";
    case study::EndOfStudy::time:
      return engine.ended()->message + "; raise time_budget to continue";
    case study::EndOfStudy::error: break;
  }
  return "failed: " + engine.ended()->message + "; run it again to resume";
}

int status(const std::filesystem::path& directory, bool json) {
  return stored_or_running(
      directory,
      [&](const study::Engine& engine) {
        auto snapshot = feed::snapshot_of(engine, {});
        snapshot.elapsed = engine.time_used();
        snapshot.running.clear();  // without a coordinator nothing runs
        if (json) {
          auto out = report::of(snapshot);
          out["state"] = state_of(engine, snapshot);
          std::cout << out.dump(2) << '\n';
        } else {
          std::cout << runtime::in_words(snapshot) << "\nstopped: " << state_of(engine, snapshot)
                    << '\n';
          if (snapshot.best) std::cout << *snapshot.best << '\n';
        }
        return 0;
      },
      [&](runtime::Coordinator coordinator) {
        auto answer = coordinator.get("/study").or_throw();
        if (json) {
          auto out = Json::parse(answer);
          out["state"] = "running: " + coordinator.description();
          std::cout << out.dump(2) << '\n';
        } else {
          auto snapshot = report::progress_from(Json::parse(answer));
          for (const auto& line : runtime::draw(snapshot, 160, 40)) std::cout << line << '\n';
          for (const auto& line : runtime::workers_in_words(snapshot))
            std::cout << "  worker   " << line << '\n';
          std::cout << "running: " << coordinator.description() << '\n';
        }
        return 0;
      });
}

}  // namespace

void add_status(CLI::App& app, Invocation& invocation) {
  auto directory = std::make_shared<std::filesystem::path>();
  auto* command = add_command(
      app, invocation, "status", "Show how a study stands", "sherpa status output/digits",
      [directory, &invocation] { return status(*directory, invocation.json); });
  add_directory(*command, *directory);
  add_json(*command, invocation);
}

}  // namespace sherpa::cli
