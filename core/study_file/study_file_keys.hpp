#pragma once

#include "core/base/text.hpp"
#include "core/space/json.hpp"
#include "core/study_file/study_file.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <type_traits>

/// What may stand in a study file, one table per map: read, written and published as a schema from
/// the same lines.
namespace sherpa::study_file {

/// Where a key's value comes from when it is left out.
enum class Default : std::uint8_t {
  stated,   ///< from the member's own default
  derived,  ///< from other keys, as the description says
  none,     ///< it must be there
};

/// A key, without the type of its value.
struct KeyInfo {
  std::string_view name;
  std::string_view about;
  Default otherwise = Default::stated;
  /// The least value of a number, or of a duration in milliseconds; the least length of a text or
  /// list.
  std::int64_t least = 0;
};

template <class Owner, class T>
struct Key : KeyInfo {
  T Owner::*member;
};

template <class Owner, class T>
constexpr Key<Owner, T> key(std::string_view name, T Owner::*member, std::string_view about,
                            Default otherwise = Default::stated, std::int64_t least = 0) {
  return {{name, about, otherwise, least}, member};
}

/// The whole file as it is written.
struct StudyFileKeys {
  std::int64_t sherpa = study_file_version;
  std::string name{};
  bool lower_is_better = true;
  std::vector<Parameter> parameters{};
  std::optional<AlgorithmSpecification> algorithm{};
  std::optional<StoppingRuleSpecification> stopping_rule{};
  RunSpec run{};
  std::optional<WorkersSpec> workers{};
  std::filesystem::path output_dir{};
  std::chrono::milliseconds output_dir_patience{std::chrono::minutes(10)};
  std::optional<std::uint64_t> random_seed{};
  Durability durability = Durability::process;
  DashboardSpec dashboard{};
  std::optional<std::chrono::milliseconds> time_budget{};
  bool time_budget_per_run = false;
};

constexpr auto keys_of(std::type_identity<StudyFileKeys>) {
  using T = StudyFileKeys;
  return Fields{
      key("sherpa", &T::sherpa, "The version of this format.", Default::none, 1),
      key("name", &T::name, "What the study is called; default: the stem of the file's name.",
          Default::derived, 1),
      key("lower_is_better", &T::lower_is_better, "Whether the objective is minimised.",
          Default::none),
      key("parameters", &T::parameters,
          "What to search over; with the algorithm Iterate it may be left out.", Default::derived),
      key("algorithm", &T::algorithm, "What to try next.", Default::none),
      key("stopping_rule", &T::stopping_rule, "When to end a trial early; default: never."),
      key("run", &T::run, "How a trial runs.", Default::none),
      key("workers", &T::workers,
          "Workers that trials run on; default: none, trials run through run.scheduler."),
      key("output_dir", &T::output_dir,
          "Where the study is kept: a new or empty directory, or that of a study, which is "
          "resumed; "
          "default: output/<name>.",
          Default::derived, 1),
      key("output_dir_patience", &T::output_dir_patience,
          "How long the study waits, without starting trials, for an output directory that has "
          "been moved away or whose file system does not answer; then it ends with an error."),
      key("random_seed", &T::random_seed,
          "The seed of everything random; default: drawn and recorded."),
      key("durability", &T::durability,
          "What acknowledged results survive: the death of any process, or a power cut, at the "
          "price of milliseconds."),
      key("dashboard", &T::dashboard, "The page on which the study can be watched and steered."),
      key("time_budget", &T::time_budget,
          "After this time no trial starts any more, and running ones are asked to stop; null: no "
          "limit.",
          Default::stated, 1),
      key("time_budget_per_run", &T::time_budget_per_run,
          "Whether each run has the whole time budget; otherwise all runs share it."),
  };
}

constexpr auto keys_of(std::type_identity<RunSpec>) {
  using T = RunSpec;
  return Fields{
      key("command", &T::command,
          "The program and its arguments, or a line for /bin/sh -c. {name} is replaced by a "
          "parameter's value, {{ and }} by "
          "braces. The trial also finds its parameters in the JSON file that $SHERPA_PARAMETERS "
          "names.",
          Default::derived, 1),
      key("function", &T::function,
          "Instead of a command: the function that worker programs registered under this name.",
          Default::derived, 1),
      key("directory", &T::directory, "Where the command runs; default: where sherpa was started.",
          Default::stated, 1),
      key("environment", &T::environment,
          "Variables to add to the command's environment; a trial's own variables win."),
      key("scheduler", &T::scheduler, "What starts the command."),
      key("needs", &T::needs,
          "What one trial takes of a worker: slots, and amounts of resources by kind; 0.5 lets two "
          "share one."),
      key("max_concurrent", &T::max_concurrent,
          "How many trials run at once; default: 1, or with workers all they offer, which null "
          "says too.",
          Default::derived, 1),
      key("timeout", &T::timeout, "How long an attempt may take; null: as long as it likes.",
          Default::stated, 1),
      key("grace", &T::grace,
          "How long a trial has to end after a request to stop, before it is killed."),
      key("retry", &T::retry,
          "How often a trial is tried again, by how its attempt ended; null: without limit."),
      key("lease", &T::lease, "The silence after which a remote attempt counts as lost.",
          Default::stated, 1),
      key("give_up_after", &T::give_up_after,
          "The study ends with an error when this many attempts in a row fail or are lost without "
          "one observation, and when this many trials on a rung fail that nothing but completed "
          "ones would end; 0: never."),
      key("orphan_grace", &T::orphan_grace,
          "How long jobs keep running without their coordinator, waiting for its restart."),
      key("checkpoints", &T::checkpoints, "Which checkpoints are kept."),
  };
}

constexpr auto keys_of(std::type_identity<SchedulerSpec>) {
  using T = SchedulerSpec;
  return Fields{
      key("name", &T::name, "Where jobs go: this machine, Slurm or Grid Engine."),
      key("submit_options", &T::submit_options,
          "Put before the command, or given to sbatch or qsub."),
      key("resources", &T::resources,
          "Units such as gpu:0, each lent to one trial at a time as $SHERPA_RESOURCE."),
      key("environment", &T::environment, "A file to source before the command; default: none."),
  };
}

constexpr auto keys_of(std::type_identity<study::RetryLimits>) {
  using T = study::RetryLimits;
  return Fields{
      key("failed", &T::failed, "After a failure of its own."),
      key("timeout", &T::timeout, "After it took longer than the timeout."),
      key("lost", &T::lost, "After its worker or node was lost."),
      key("preempted", &T::preempted, "After the batch system took its place away."),
  };
}

constexpr auto keys_of(std::type_identity<CheckpointsSpec>) {
  using T = CheckpointsSpec;
  return Fields{key("keep", &T::keep, "Those that may still be loaded, or all.")};
}

constexpr auto keys_of(std::type_identity<WorkersSpec>) {
  using T = WorkersSpec;
  return Fields{
      key("launch", &T::launch,
          "Who starts them: none (they come by themselves), local, slurm or sge (an array of "
          "jobs), srun (a step of the "
          "allocation that sherpa run is in).",
          Default::none),
      key("count", &T::count, "How many, as one job array.", Default::stated, 1),
      key("slots", &T::slots, "How many trials one of them runs at once.", Default::stated, 1),
      key("resources", &T::resources,
          "Units each of them offers; null: what CUDA_VISIBLE_DEVICES shows there."),
      key("submit_options", &T::submit_options, "Given to sbatch or qsub."),
      key("environment", &T::environment, "A file to source first; default: none."),
      key("notice", &T::notice, "The warning before the time limit of the batch system."),
      key("idle", &T::idle, "How long a worker stays without work; null: for ever.",
          Default::stated, 1),
      key("listen", &T::listen,
          "The address to listen on, always with mutual TLS; default: loopback for local, else "
          "all.",
          Default::derived, 1),
      key("port", &T::port, "The port to listen on; null: any free one.", Default::stated, 1),
  };
}

constexpr auto keys_of(std::type_identity<DashboardSpec>) {
  using T = DashboardSpec;
  return Fields{
      key("enabled", &T::enabled, "Whether there is one."),
      key("host", &T::host, "The address to listen on.", Default::stated, 1),
      key("port", &T::port, "The port to listen on; null: the first free one of 8880 to 9999.",
          Default::stated, 1),
      key("tls", &T::tls, "What it is encrypted with; null: it is not."),
  };
}

constexpr auto keys_of(std::type_identity<PageTlsSpec>) {
  using T = PageTlsSpec;
  return Fields{
      key("certificate", &T::certificate,
          "A file with the certificate, and those between it and its authority, in PEM.",
          Default::none, 1),
      key("key", &T::key, "A file with its key, in PEM and without a password.", Default::none, 1),
  };
}

/// A struct that has a table of keys.
template <class T>
concept Tabled = requires {
  keys_of(std::type_identity<T>());
};

class YamlDocument;

/// Reads each key on its own. Throws Exception with the line of what it refuses.
StudyFileKeys read_keys(const YamlDocument& document);

/// A table as JSON; keys that say no more than their absence are left out.
space::json::Json write_key(const StudyFileKeys& keys);
space::json::Json write_key(const RunSpec& run);
space::json::Json write_key(const SchedulerSpec& scheduler);
space::json::Json write_key(const study::RetryLimits& retry);
space::json::Json write_key(const CheckpointsSpec& checkpoints);
space::json::Json write_key(const WorkersSpec& workers);
space::json::Json write_key(const DashboardSpec& dashboard);
space::json::Json write_key(const PageTlsSpec& tls);

}  // namespace sherpa::study_file
