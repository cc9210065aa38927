#include "runtime/cli/commands.hpp"
#include "runtime/cli/coordinator.hpp"
#include "runtime/cli/live_view.hpp"
#include "runtime/stored_study.hpp"
#include "study/picture.hpp"
#include "study/report.hpp"
#include "study/specification.hpp"
#include "study/study_file.hpp"
#include "study/text.hpp"

#include <sherpa/specification.hpp>
#include <sherpa/version.hpp>

#include <algorithm>
#include <iostream>
#include <tuple>
#include <type_traits>

namespace sherpa::cli {

namespace fs = std::filesystem;
namespace report = study::report;
using report::Json;

namespace {

/// What a study at rest is waiting for, in words.
std::string state_of(const study::Engine& engine) {
  if (!engine.ended()) return "interrupted; running it again goes on";
  switch (engine.ended()->why) {
    case study::EndOfStudy::exhausted:
    case study::EndOfStudy::budget: return "finished";
    case study::EndOfStudy::cancelled: return "interrupted; running it again goes on";
    case study::EndOfStudy::error: break;
  }
  return "failed: " + engine.ended()->message + "; running it again goes on";
}

/// A study at rest is read, a running one asked.
template <class AtRest, class Running>
int look(const fs::path& directory, AtRest at_rest, Running running) {
  auto stored = runtime::read_stored_study(directory);
  if (stored) return at_rest(**stored);
  if (stored.error().code != Errc::locked) throw Exception(stored.error());
  return running(Coordinator::of(directory).or_throw());
}

}  // namespace

int show_version(bool json) {
  if (json) {
    std::cout << Json{{"version", std::string(version())}}.dump() << '\n';
  } else {
    std::cout << "sherpa " << version() << '\n';
  }
  return 0;
}

void print_error(const Exception& error) {
  Json out{{"error", error.what()}, {"exit_code", exit_code(error.code())}};
  std::cout << out.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

int validate(const fs::path& study_file, bool json) {
  auto file = study::read_study_file(study_file).or_throw();
  if (json) {
    Json out{{"file", study_file.string()},
             {"parameters", file.setup.parameters.size()},
             {"algorithm", Json::parse(file.setup.algorithm.to_json())},
             {"output_dir", file.setup.output_dir.string()}};
    std::cout << out.dump(2) << '\n';
    return 0;
  }
  std::cout << study_file.string() << ": " << file.setup.parameters.size() << " parameters, " << file.setup.algorithm.name()
            << "; nothing is wrong with it\n";
  return 0;
}

int status(const fs::path& directory, bool json) {
  return look(
      directory,
      [&](const study::Engine& engine) {
        auto picture = study::picture_of(engine, {});
        if (json) {
          auto out = report::of(picture);
          out["state"] = state_of(engine);
          std::cout << out.dump(2) << '\n';
        } else {
          std::cout << runtime::in_words(picture) << "\nat rest: " << state_of(engine) << '\n';
          if (picture.best) std::cout << *picture.best << '\n';
        }
        return 0;
      },
      [&](Coordinator coordinator) {
        auto answer = coordinator.get("/study").or_throw();
        if (json) {
          auto out = Json::parse(answer);
          out["state"] = "running: " + coordinator.description();
          std::cout << out.dump(2) << '\n';
        } else {
          auto picture = report::progress_from(Json::parse(answer));
          for (const auto& line : runtime::draw(picture, 160, 40)) std::cout << line << '\n';
          for (const auto& line : runtime::workers_in_words(picture)) std::cout << "  worker   " << line << '\n';
          std::cout << "running: " << coordinator.description() << '\n';
        }
        return 0;
      });
}

int export_results(const fs::path& directory, Format format) {
  return look(
      directory,
      [&](const study::Engine& engine) {
        Results results(engine.ledger());
        if (format == Format::csv) {
          results.write_csv(std::cout);
        } else {
          report::write(results, std::cout);
        }
        return 0;
      },
      [&](Coordinator coordinator) {
        std::cout << coordinator.get(format == Format::csv ? "/study/results.csv" : "/study/results.json").or_throw();
        return 0;
      });
}

namespace {

/// Its options, their defaults, and what they mean.
template <class Options>
void show_options(const Options& defaults, const Json& values) {
  std::apply(
      [&](const auto&... f) {
        std::size_t widest = 0;
        auto line = [&](const auto& field) { return std::string(field.name) + ": " + values[std::string(field.name)].dump(); };
        ((widest = std::max(widest, line(f).size())), ...);
        auto show = [&](const auto& field) {
          auto text = line(field);
          std::cout << "  " << text << std::string(widest - text.size() + 2, ' ') << field.about << '\n';
        };
        (show(f), ...);
      },
      std::remove_cvref_t<decltype(defaults)>::fields());
}

}  // namespace

int algorithms(const std::string& name) {
  std::vector<std::string_view> known;
  bool found = name.empty();
  auto one = [&](const auto& options, const std::string& json) {
    using Options = std::remove_cvref_t<decltype(options)>;
    known.push_back(Options::name);
    if constexpr (requires { Options::other_name; }) known.push_back(Options::other_name);
    if (!name.empty() && std::find(known.begin(), known.end(), name) == known.end()) return;
    if (!name.empty() && found) return;
    found = true;
    std::cout << Options::name;
    if constexpr (requires { Options::about; }) std::cout << ": " << Options::about;
    std::cout << '\n';
    if (!name.empty()) show_options(options, Json::parse(json));
  };
  auto heading = [&](const char* text) {
    if (name.empty()) std::cout << text << '\n';
  };
  heading("Algorithms:");
  study::for_each_options(AlgorithmTypes{}, [&](const auto& o) { one(o, AlgorithmSpecification(o).to_json()); });
  heading("\nStopping rules:");
  study::for_each_options(StoppingRuleTypes{}, [&](const auto& o) { one(o, StoppingRuleSpecification(o).to_json()); });
  if (name.empty()) std::cout << "\n`sherpa algorithms NAME` shows the options and their defaults.\n";
  if (!found)
    throw Exception({Errc::invalid_argument,
                     "there is no algorithm or stopping rule " + study::quote(name) + study::did_you_mean(name, known)});
  return 0;
}

}  // namespace sherpa::cli
