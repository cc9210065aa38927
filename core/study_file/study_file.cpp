#include "core/study_file/study_file.hpp"

#include "core/base/assert.hpp"
#include "core/base/duration.hpp"
#include "core/space/search_space.hpp"
#include "core/space/specification.hpp"
#include "core/study/placement.hpp"
#include "core/study_file/run_command.hpp"
#include "core/study_file/study_file_keys.hpp"
#include "core/study_file/yaml.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

namespace sherpa::study_file {

using space::json::Json;

namespace {

/// The file as it was read, for the checks that look at several of its keys.
struct Read {
  const YamlDocument& document;
  const StudyFileKeys& keys;

  /// The entry that a path leads to, or the last on the way.
  const Json& at(std::initializer_list<std::string_view> path) const {
    const Json* entry = &document.root();
    for (auto key : path) {
      auto next = entry->find(std::string(key));  // of what is no map: the end
      if (next == entry->end()) break;
      entry = &*next;
    }
    return *entry;
  }
  [[noreturn]] void refuse(const Json& entry, const std::string& what) const {
    throw Exception(document.error(entry, what));
  }
};

void check_name(const Read& file) {
  const auto& name = file.keys.name;
  auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (name == "." || name == ".." || name.find('/') != std::string::npos ||
      std::any_of(name.begin(), name.end(), control))
    file.refuse(
        file.at({"name"}),
        "the name " + base::quote(name) +
            " cannot be that of a directory; choose one without slashes and control characters");
}

/// Fields that an algorithm adds to the configurations of its trials.
void add_fields_of(const Json& algorithm, std::vector<std::string>& names) {
  auto name = algorithm.value("name", "");
  auto add = [&](std::initializer_list<const char*> fields) {
    names.insert(names.end(), fields.begin(), fields.end());
  };
  if (name == "SuccessiveHalving") add({"resource", "rung", "load_from", "save_to"});
  if (name == "Hyperband") add({"resource", "rung", "bracket", "load_from", "save_to"});
  if (name == "PopulationBasedTraining") add({"generation", "lineage", "load_from", "save_to"});
  if (auto inner = algorithm.find("algorithm"); inner != algorithm.end())
    add_fields_of(*inner, names);
  if (auto members = algorithm.find("algorithms"); members != algorithm.end())
    for (const auto& member : *members) add_fields_of(member, names);
}

/// The names of a trial's values.
std::vector<std::string> check_parameters(const Read& file) {
  SHERPA_ASSERT(file.keys.algorithm.has_value());  // read_keys requires it
  const AlgorithmSpecification& algorithm = *file.keys.algorithm;
  auto* iterate = std::get_if<Iterate>(&space::options_of(algorithm));
  auto parameters = file.keys.parameters;
  if (parameters.empty() && !iterate)
    file.refuse(file.at({"parameters"}),
                "the study has no parameters; give it at least one under 'parameters'");
  if (iterate) {
    const Json& configurations = file.at({"algorithm", "configurations"});
    auto space = [&]() -> Result<space::SearchSpace> {
      try {
        return space::SearchSpace::make(parameters.empty() ? parameters_of(iterate->configurations)
                                                           : parameters);
      } catch (const Exception& e) {
        return Error{e.code(), e.what()};
      }
    }();
    if (!space) file.refuse(configurations, space.error().message);
    for (std::size_t i = 0; i < iterate->configurations.size(); ++i)
      if (auto fitted = space->fit(iterate->configurations[i], space::SearchSpace::Extras::refuse);
          !fitted)
        file.refuse(configurations[i], fitted.error().message);
    parameters = space->parameters();
  }
  std::vector<std::string> names;
  for (const auto& parameter : parameters) names.push_back(parameter.name());
  add_fields_of(Json::parse(algorithm.to_json()), names);
  return names;
}

/// Every {name} of the command is a value of the trial.
void check_command(const Read& file, const std::vector<std::string>& names) {
  const auto& run = file.keys.run;
  const Json& given = file.at({"run", "command"});
  auto* arguments = std::get_if<std::vector<std::string>>(&run.command);
  bool none = arguments && arguments->empty();
  if (none && !run.function)
    file.refuse(file.at({"run"}),
                "it has neither a command nor a function; give it 'command: [program, argument]'");
  if (!none && run.function)
    file.refuse(given, "there are a command and a function; leave one of them out");
  if (run.function && !file.keys.workers)
    file.refuse(
        file.at({"run", "function"}),
        "functions run in worker programs, and there are none; add 'workers: {launch: none}'");

  std::vector<std::string_view> known(names.begin(), names.end());
  auto check = [&](const Json& entry, const std::string& text) {
    auto filled = fill(text, [&](std::string_view name) -> Result<std::string> {
      if (std::find(known.begin(), known.end(), name) != known.end()) return std::string();
      auto near = base::did_you_mean(name, known);
      return Error{Errc::invalid_argument,
                   "there is no parameter " + base::quote(name) +
                       (near.empty() ? "; known are " + base::enumerate(names) : near) +
                       " (write '{{' and '}}' for braces)"};
    });
    if (!filled) file.refuse(entry, filled.error().message);
  };
  if (auto* line = std::get_if<std::string>(&run.command)) {
    check(given, *line);
  } else {
    for (std::size_t i = 0; i < arguments->size(); ++i) check(given[i], (*arguments)[i]);
  }
}

/// What a trial needs must be there, where the file says what there is.
void check_resources(const Read& file) {
  const auto& [run, workers] = std::tie(file.keys.run, file.keys.workers);
  if (workers && !(run.scheduler == SchedulerSpec{}))
    file.refuse(file.at({"run", "scheduler"}),
                "trials run on the workers; leave the scheduler out, or the workers");
  study::Worker offered{
      .name = {}, .incarnation = {}, .slots = workers ? workers->slots : run.needs.slots};
  auto needs = run.needs;
  if (workers ? !workers->resources : run.scheduler.name != SchedulerKind::local) {
    needs.resources.clear();  // not known before the job runs
  } else {
    offered.resources = workers ? *workers->resources : run.scheduler.resources;
  }
  if (study::FreeCapacity::could_ever(offered, needs)) return;
  auto where = workers ? "workers" : "run.scheduler";
  file.refuse(file.at({"run", "needs"}),
              run.needs.slots > offered.slots
                  ? "a trial needs " + std::to_string(run.needs.slots) +
                        " slots, and a worker has " + std::to_string(offered.slots) +
                        "; raise workers.slots"
                  : "a trial needs more than " + std::string(where) +
                        ".resources lists; name the units there, as in [gpu:0, gpu:1]");
}

void fill_in_defaults(StudyFileKeys& keys, const YamlDocument& document,
                      const std::filesystem::path& stem_source) {
  if (keys.name.empty()) {
    auto stem = stem_source.stem().string();
    keys.name = stem.empty() || stem == "-" || stem == "." || stem == ".." ? "study" : stem;
  }
  if (keys.output_dir.empty()) keys.output_dir = std::filesystem::path("output") / keys.name;
  if (!keys.workers) return;
  if (!document.root()["run"].contains("max_concurrent")) keys.run.max_concurrent.reset();
  if (keys.workers->listen.empty())
    keys.workers->listen = keys.workers->launch == Launch::local ? "127.0.0.1" : "0.0.0.0";
}

StudyFile resolve(const YamlDocument& document, const std::filesystem::path& stem_source) {
  auto keys = read_keys(document);
  fill_in_defaults(keys, document, stem_source);
  Read file{document, keys};
  check_name(file);
  auto names = check_parameters(file);
  check_command(file, names);
  check_resources(file);
  if (!keys.run.max_concurrent && !keys.workers)
    file.refuse(file.at({"run", "max_concurrent"}),
                "null means all that the workers offer, and there are none; give a number");
  SHERPA_ASSERT(keys.algorithm.has_value());
  return {.setup = {.parameters = std::move(keys.parameters),
                    .algorithm = *std::move(keys.algorithm),
                    .lower_is_better = keys.lower_is_better,
                    .stopping_rule = keys.stopping_rule,
                    .output_dir = std::move(keys.output_dir),
                    .output_dir_patience = keys.output_dir_patience,
                    .random_seed = keys.random_seed,
                    .durability = keys.durability,
                    .name = std::move(keys.name)},
          .run = std::move(keys.run),
          .workers = std::move(keys.workers),
          .dashboard = std::move(keys.dashboard),
          .time_budget = keys.time_budget,
          .time_budget_per_run = keys.time_budget_per_run,
          .source = {}};
}

}  // namespace

bool operator==(const StudyFile& a, const StudyFile& b) {
  const auto &x = a.setup, &y = b.setup;
  return x.parameters == y.parameters && x.algorithm == y.algorithm &&
         bool(x.lower_is_better) == bool(y.lower_is_better) && x.stopping_rule == y.stopping_rule &&
         x.output_dir == y.output_dir && x.output_dir_patience == y.output_dir_patience &&
         x.random_seed == y.random_seed && x.durability == y.durability && x.name == y.name &&
         a.run == b.run && a.workers == b.workers && a.dashboard == b.dashboard &&
         a.time_budget == b.time_budget && a.time_budget_per_run == b.time_budget_per_run;
}

Result<StudyFile> parse_study_file(std::string_view text, const std::string& name_for_messages,
                                   const std::filesystem::path& stem_source) {
  auto document = YamlDocument::parse(text, name_for_messages);
  if (!document) return document.error();
  try {
    return resolve(*document, stem_source);
  } catch (const Exception& e) {
    return Error{e.code(), e.what()};
  }
}

Result<StudyFile> read_study_file(const std::filesystem::path& path) {
  auto refuse = [&](const std::string& why) {
    return Error{Errc::invalid_argument, one_line(path.string() + ": " + why)};
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return refuse("this is a directory; give the study file itself" +
                  std::string(std::filesystem::exists(path / "study.yaml", ignored)
                                  ? ", study.yaml in it"
                                  : ""));
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return refuse(std::string("the study file cannot be read: ") + std::strerror(errno));
  std::string text(YamlDocument::most_bytes + 1,
                   '\0');  // one more than is taken, and no more however long it is
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad())
    return refuse(std::string("the study file cannot be read: ") + std::strerror(errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  auto file = parse_study_file(text, path.string(), path);
  if (file) file->source = path;
  return file;
}

std::string to_yaml(const StudyFile& file) {
  const auto& setup = file.setup;
  return to_yaml(write_key(StudyFileKeys{.name = setup.name,
                                         .lower_is_better = setup.lower_is_better,
                                         .parameters = setup.parameters,
                                         .algorithm = setup.algorithm,
                                         .stopping_rule = setup.stopping_rule,
                                         .run = file.run,
                                         .workers = file.workers,
                                         .output_dir = setup.output_dir,
                                         .output_dir_patience = setup.output_dir_patience,
                                         .random_seed = setup.random_seed,
                                         .durability = setup.durability,
                                         .dashboard = file.dashboard,
                                         .time_budget = file.time_budget,
                                         .time_budget_per_run = file.time_budget_per_run}));
}

}  // namespace sherpa::study_file
