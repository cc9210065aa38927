#include "core/base/clock.hpp"
#include "core/study_file/study_file.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/coordinator/open_study.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>

namespace sherpa::cli {

namespace {

using Json = nlohmann::ordered_json;

int validate(const std::filesystem::path& study_file, bool json) {
  auto file = study_file::read_study_file(study_file).or_throw();
  // Opens the study in memory, to find mistakes that only the search space shows, such as
  // configurations that do not fit it.
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

}  // namespace

void add_validate(CLI::App& app, Invocation& invocation) {
  auto file = std::make_shared<std::filesystem::path>();
  auto* command =
      add_command(app, invocation, "validate", "Check a study file", "sherpa validate study.yaml",
                  [file, &invocation] { return validate(*file, invocation.json); });
  command->add_option("FILE", *file, "the study file")->required();
  add_json(*command, invocation);
}

}  // namespace sherpa::cli
