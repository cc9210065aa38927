#include "core/base/clock.hpp"
#include "core/base/text.hpp"
#include "core/feed/report.hpp"
#include "core/feed/snapshot.hpp"
#include "core/space/json.hpp"
#include "core/space/specification.hpp"
#include "core/study_file/study_file.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/html_report.hpp"
#include "runtime/coordinator/open_study.hpp"
#include "runtime/coordinator/study_importance.hpp"
#include "runtime/http_client/coordinator_client.hpp"
#include "runtime/http_client/feed_follower.hpp"
#include "runtime/store/stored_study.hpp"
#include "runtime/terminal/live_view.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/stopping_rules.hpp>
#include <sherpa/version.hpp>

#include <algorithm>
#include <iostream>
#include <type_traits>
#include <variant>

namespace sherpa::cli {

namespace fs = std::filesystem;
namespace report = feed::report;
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
  return running(runtime::Coordinator::of(directory).or_throw());
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
  auto file = study_file::read_study_file(study_file).or_throw();
  // In memory, so that what only the search space can show is seen: configurations that do not fit
  // it.
  auto opened = runtime::open_study(file.setup, {}, nullptr, base::read_clocks());
  if (!opened)
    throw Exception({opened.error().code, study_file.string() + ": " + opened.error().message});
  if (json) {
    Json out{{"file", study_file.string()},
             {"parameters", file.setup.parameters.size()},
             {"algorithm", Json::parse(file.setup.algorithm.to_json())},
             {"output_dir", file.setup.output_dir.string()}};
    std::cout << out.dump(2) << '\n';
    return 0;
  }
  std::cout << study_file.string() << ": " << file.setup.parameters.size() << " parameters, "
            << file.setup.algorithm.name() << "; nothing is wrong with it\n";
  return 0;
}

int status(const fs::path& directory, bool json) {
  return look(
      directory,
      [&](const study::Engine& engine) {
        auto picture = feed::snapshot_of(engine, {});
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
      [&](runtime::Coordinator coordinator) {
        auto answer = coordinator.get("/study").or_throw();
        if (json) {
          auto out = Json::parse(answer);
          out["state"] = "running: " + coordinator.description();
          std::cout << out.dump(2) << '\n';
        } else {
          auto picture = report::progress_from(Json::parse(answer));
          for (const auto& line : runtime::draw(picture, 160, 40)) std::cout << line << '\n';
          for (const auto& line : runtime::workers_in_words(picture))
            std::cout << "  worker   " << line << '\n';
          std::cout << "running: " << coordinator.description() << '\n';
        }
        return 0;
      });
}

int predict(const fs::path& directory, bool json) {
  auto stored = runtime::read_stored_study(directory);
  if (!stored && stored.error().code == Errc::locked)
    throw Exception({Errc::wrong_state,
                     directory.string() + " is running; the prediction is made when it has ended"});
  if (!stored) throw Exception(stored.error());
  const auto& created = (*stored)->study();
  const auto algorithm = space::algorithm_from_json(created.algorithm).or_throw();
  const auto* options = std::get_if<BayesianOptimization>(&algorithm.variant().options);
  const auto best = (options ? *options : BayesianOptimization())
                        .get_best_pred(space::parameters_from_json(created.parameters).or_throw(),
                                       Results((*stored)->ledger()), created.lower_is_better);
  if (json) {
    std::cout << Json{{"parameters", best ? space::json::write(*best) : Json()}}.dump(2) << '\n';
  } else if (best) {
    std::cout << *best << '\n';
  } else {
    std::cout << "no trial has measured anything finite\n";
  }
  return 0;
}

int export_results(const fs::path& directory, Format format) {
  if (format == Format::html) {
    auto feed = std::make_shared<feed::Feed>();
    auto stored = runtime::read_stored_study(directory, feed.get());
    if (!stored && stored.error().code == Errc::locked) {
      auto running = runtime::FeedFollower::begin(directory, feed).or_throw();
      auto importance = runtime::Coordinator::of(directory).or_throw().get("/study/importance");
      std::cout << html_report(*feed, running->name(), importance ? *importance : "null");
      return 0;
    }
    if (!stored) throw Exception(stored.error());
    auto importance = runtime::importance_of(**stored)->of("").or_throw();
    std::cout << html_report(*feed, (*stored)->study().name, importance.dump());
    return 0;
  }
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
      [&](runtime::Coordinator coordinator) {
        std::cout << coordinator
                         .get(format == Format::csv ? "/study/results.csv" : "/study/results.json")
                         .or_throw();
        return 0;
      });
}

namespace {

/// An algorithm or a rule: its options, their defaults, and what they mean.
template <class Options>
Json describe(const Options& defaults, const Json& values) {
  Json options = Json::array();
  std::remove_cvref_t<decltype(defaults)>::fields().for_each([&](const auto& f) {
    options.push_back({{"name", std::string(f.name)},
                       {"default", values[std::string(f.name)]},
                       {"about", std::string(f.about)}});
  });
  Json out{{"name", std::string(Options::name)}};
  if constexpr (requires { Options::other_name; })
    out["other_name"] = std::string(Options::other_name);
  if constexpr (requires { Options::about; }) out["about"] = std::string(Options::about);
  out["options"] = std::move(options);
  return out;
}

void show_heading(const Json& one) {
  std::cout << one["name"].get<std::string>();
  if (one.contains("about")) std::cout << ": " << one["about"].get<std::string>();
  std::cout << '\n';
}

void show_options(const Json& one) {
  std::size_t widest = 0;
  auto line = [](const Json& option) {
    return option["name"].get<std::string>() + ": " + option["default"].dump();
  };
  for (const auto& option : one["options"]) widest = std::max(widest, line(option).size());
  for (const auto& option : one["options"]) {
    auto text = line(option);
    std::cout << "  " << text << std::string(widest - text.size() + 2, ' ')
              << option["about"].get<std::string>() << '\n';
  }
}

}  // namespace

int algorithms(const std::string& name, bool json) {
  Json all{{"algorithms", Json::array()}, {"stopping_rules", Json::array()}};
  space::for_each_options(AlgorithmTypes{}, [&](const auto& o) {
    all["algorithms"].push_back(describe(o, Json::parse(AlgorithmSpecification(o).to_json())));
  });
  space::for_each_options(StoppingRuleTypes{}, [&](const auto& o) {
    all["stopping_rules"].push_back(
        describe(o, Json::parse(StoppingRuleSpecification(o).to_json())));
  });
  if (name.empty() && json) {
    std::cout << all.dump(2) << '\n';
    return 0;
  }
  if (name.empty()) {
    std::cout << "Algorithms:\n";
    for (const auto& one : all["algorithms"]) show_heading(one);
    std::cout << "\nStopping rules:\n";
    for (const auto& one : all["stopping_rules"]) show_heading(one);
    std::cout << "\n`sherpa algorithms NAME` shows the options and their defaults.\n";
    return 0;
  }
  std::vector<std::string> known;
  for (const auto& kind : all)
    for (const auto& one : kind) {
      known.push_back(one["name"]);
      if (one.contains("other_name")) known.push_back(one["other_name"]);
      if (name != one["name"] && name != one.value("other_name", "")) continue;
      if (json) {
        std::cout << one.dump(2) << '\n';
      } else {
        show_heading(one);
        show_options(one);
      }
      return 0;
    }
  throw Exception(
      {Errc::invalid_argument,
       "there is no algorithm or stopping rule " + base::quote(name) +
           base::did_you_mean(name, std::vector<std::string_view>(known.begin(), known.end()))});
}

}  // namespace sherpa::cli
