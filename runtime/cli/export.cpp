#include "core/base/log.hpp"
#include "core/feed/feed.hpp"
#include "core/feed/report.hpp"
#include "core/feed/snapshot.hpp"
#include "core/space/access.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/cli/html_report.hpp"
#include "runtime/cli/stored_or_running.hpp"
#include "runtime/coordinator/study_importance.hpp"
#include "runtime/http_client/coordinator_client.hpp"
#include "runtime/http_client/feed_follower.hpp"

#include <iostream>
#include <memory>

namespace sherpa::cli {

namespace {

namespace report = feed::report;

enum class Format : std::uint8_t { csv, raw_csv, json, html };

/// On standard error, beside the results.
void warn_of_failure(const study::Engine& engine) {
  const auto snapshot = feed::snapshot_of(engine, {});
  if (engine.ended() && snapshot.only_failures())
    base::log(LogLevel::warning, report::failure_of(snapshot));
}

int export_results(const std::filesystem::path& directory, Format format) {
  if (format == Format::html) {
    auto feed = std::make_shared<feed::Feed>();
    auto stored = runtime::read_stored_study(directory, feed.get());
    if (!stored && stored.error().code == Errc::locked) {
      auto running = runtime::FeedFollower::begin(directory, feed).or_throw();
      auto importance = runtime::Coordinator::of(directory).or_throw().get("/study/importance");
      std::cout << html_report(*feed, running->name(), importance ? *importance : "null", true);
      return 0;
    }
    if (!stored) throw Exception(stored.error());
    warn_of_failure(**stored);
    auto importance = runtime::importance_of(**stored)->of("").or_throw();
    std::cout << html_report(*feed, (*stored)->study().name, importance.dump(), false);
    return 0;
  }
  return stored_or_running(
      directory,
      [&](const study::Engine& engine) {
        warn_of_failure(engine);
        auto results = internal::Access::results(engine.ledger());
        if (format == Format::json) {
          report::write(results, std::cout);
        } else {
          results.write_csv(std::cout, format == Format::raw_csv ? CsvText::raw : CsvText::guarded);
        }
        return 0;
      },
      [&](runtime::Coordinator coordinator) {
        std::cout << coordinator
                         .get(format == Format::json      ? "/study/results.json"
                              : format == Format::raw_csv ? "/study/results.csv?text=raw"
                                                          : "/study/results.csv")
                         .or_throw();
        return 0;
      });
}

struct ExportOptions {
  std::filesystem::path directory{};
  bool csv = false, html = false, raw = false;
};

}  // namespace

void add_export(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ExportOptions>();
  auto* command =
      add_command(app, invocation, "export", "Print all results",
                  "sherpa export output/digits --csv > results.csv", [options, &invocation] {
                    return export_results(options->directory, options->html     ? Format::html
                                                              : invocation.json ? Format::json
                                                              : options->raw    ? Format::raw_csv
                                                                                : Format::csv);
                  });
  add_directory(*command, options->directory);
  auto* formats = command->add_option_group("format");
  auto* csv = formats->add_flag("--csv", options->csv, "the table of results, as SHERPA writes it");
  add_json(*formats, invocation, "a list of rows");
  formats->add_flag("--html", options->html, "the study's page as one self-contained HTML file");
  formats->require_option(1);
  command
      ->add_flag("--raw", options->raw,
                 "with --csv: texts as they are, also those that a spreadsheet takes for formulas")
      ->needs(csv);
}

}  // namespace sherpa::cli
