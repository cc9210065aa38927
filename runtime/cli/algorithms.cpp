#include "core/base/text.hpp"
#include "core/space/specification.hpp"
#include "runtime/cli/command_line.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/stopping_rules.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <type_traits>

namespace sherpa::cli {

namespace {

using Json = nlohmann::ordered_json;

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

/// Lists all, by kind.
Json describe_all() {
  Json all{{"algorithms", Json::array()}, {"stopping_rules", Json::array()}};
  space::for_each_options(AlgorithmTypes{}, [&](const auto& o) {
    all["algorithms"].push_back(describe(o, Json::parse(AlgorithmSpecification(o).to_json())));
  });
  space::for_each_options(StoppingRuleTypes{}, [&](const auto& o) {
    all["stopping_rules"].push_back(
        describe(o, Json::parse(StoppingRuleSpecification(o).to_json())));
  });
  return all;
}

int show_all(bool json) {
  const auto all = describe_all();
  if (json) {
    std::cout << all.dump(2) << '\n';
    return 0;
  }
  std::cout << "Algorithms:\n";
  for (const auto& one : all["algorithms"]) show_heading(one);
  std::cout << "\nStopping rules:\n";
  for (const auto& one : all["stopping_rules"]) show_heading(one);
  std::cout << "\n`sherpa algorithms NAME` shows the options and their defaults.\n";
  return 0;
}

int show(const std::string& name, bool json) {
  if (name.empty()) return show_all(json);
  std::vector<std::string> known;
  for (const auto& kind : describe_all())
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

}  // namespace

void add_algorithms(CLI::App& app, Invocation& invocation) {
  auto name = std::make_shared<std::string>();
  auto* command = add_command(app, invocation, "algorithms",
                              "Show the algorithms and stopping rules with their options",
                              "sherpa algorithms RandomSearch",
                              [name, &invocation] { return show(*name, invocation.json); });
  command->add_option("NAME", *name, "show only this one");
  add_json(*command, invocation);
}

}  // namespace sherpa::cli
