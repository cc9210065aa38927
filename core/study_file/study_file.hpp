#pragma once

#include "core/base/enumerators.hpp"
#include "core/base/result.hpp"
#include "core/study/facts.hpp"

#include <sherpa/setup.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sherpa {

template <>
struct base::Enumerators<Durability> {
  static constexpr std::array<std::string_view, 2> names{"process", "power"};
};

}  // namespace sherpa

/// The study file: what `sherpa run` reads, and writes resolved into the output directory.
namespace sherpa::study_file {

/// The version of the format, which every study file names: `sherpa: 1`.
constexpr std::int64_t study_file_version = 1;

enum class SchedulerKind : std::uint8_t { local, slurm, sge };
}  // namespace sherpa::study_file

template <>
struct sherpa::base::Enumerators<sherpa::study_file::SchedulerKind> {
  static constexpr std::array<std::string_view, 3> names{"LocalScheduler", "SLURMScheduler",
                                                         "SGEScheduler"};
};

namespace sherpa::study_file {

/// What starts the command of a trial.
struct SchedulerSpec {
  SchedulerKind name = SchedulerKind::local;
  std::string submit_options{};
  std::vector<std::string> resources{};  ///< units such as gpu:0, each lent to one trial at a time
  std::filesystem::path environment{};   ///< sourced before the command; empty: none
  friend bool operator==(const SchedulerSpec&, const SchedulerSpec&) = default;
};

enum class Keep : std::uint8_t { needed, all };
}  // namespace sherpa::study_file

template <>
struct sherpa::base::Enumerators<sherpa::study_file::Keep> {
  static constexpr std::array<std::string_view, 2> names{"needed", "all"};
};

namespace sherpa::study_file {

struct CheckpointsSpec {
  Keep keep = Keep::needed;
  friend bool operator==(const CheckpointsSpec&, const CheckpointsSpec&) = default;
};

/// How a trial runs.
struct RunSpec {
  /// The arguments of a program, or a line for /bin/sh -c; an empty list when there is a function.
  std::variant<std::vector<std::string>, std::string> command{};
  std::optional<std::string> function{};  ///< what worker programs registered under this name
  std::filesystem::path directory{"."};
  std::map<std::string, std::string> environment{};
  SchedulerSpec scheduler{};
  study::Needs needs{};
  std::optional<std::uint32_t> max_concurrent = 1;  ///< absent: as many as the workers offer
  std::optional<std::chrono::milliseconds> timeout{};
  std::chrono::milliseconds grace{std::chrono::seconds(10)};
  study::RetryLimits retry{};
  std::chrono::milliseconds lease{std::chrono::seconds(60)};
  std::uint32_t give_up_after = 10;
  std::chrono::milliseconds orphan_grace{std::chrono::seconds(30)};
  CheckpointsSpec checkpoints{};
  friend bool operator==(const RunSpec&, const RunSpec&) = default;
};

/// Who starts the workers; with none they come by themselves.
enum class Launch : std::uint8_t { none, local, slurm, sge, srun };
}  // namespace sherpa::study_file

template <>
struct sherpa::base::Enumerators<sherpa::study_file::Launch> {
  static constexpr std::array<std::string_view, 5> names{"none", "local", "slurm", "sge", "srun"};
};

namespace sherpa::study_file {

/// Workers that trials run on.
struct WorkersSpec {
  Launch launch = Launch::none;
  std::uint32_t count = 1;
  std::uint32_t slots = 1;
  std::optional<std::vector<std::string>> resources{};  ///< absent: what CUDA_VISIBLE_DEVICES shows
  std::string submit_options{};
  std::filesystem::path environment{};  ///< sourced first; empty: none
  std::chrono::milliseconds notice{std::chrono::seconds(120)};
  std::optional<std::chrono::milliseconds> idle{std::chrono::minutes(10)};  ///< absent: stays
  std::string listen{};  ///< resolved when read: never empty
  std::optional<std::uint16_t> port{};
  friend bool operator==(const WorkersSpec&, const WorkersSpec&) = default;
};

/// What the page is encrypted with; files in PEM.
struct PageTlsSpec {
  std::filesystem::path certificate{}, key{};
  friend bool operator==(const PageTlsSpec&, const PageTlsSpec&) = default;
};

struct DashboardSpec {
  bool enabled = true;
  std::string host{"127.0.0.1"};
  std::optional<std::uint16_t> port{};  ///< absent: the first free one of 8880 to 9999
  std::optional<PageTlsSpec> tls{};
  friend bool operator==(const DashboardSpec&, const DashboardSpec&) = default;
};

/// A study file with every default filled in.
struct StudyFile {
  StudySetup setup;
  RunSpec run{};
  std::optional<WorkersSpec> workers{};
  DashboardSpec dashboard{};
  std::optional<std::chrono::milliseconds> time_budget{};
  bool time_budget_per_run = false;
  std::filesystem::path source{};  ///< the file that was read, which no comparison looks at
  friend bool operator==(const StudyFile& a, const StudyFile& b);
};

/// Errors are one line: `study.yaml:7: parameters[2]: unknown field 'rnage'; did you mean 'range'?`
Result<StudyFile> read_study_file(const std::filesystem::path& path);
/// The study is called after the stem of `stem_source` where the text gives no name.
Result<StudyFile> parse_study_file(std::string_view text, const std::string& name_for_messages,
                                   const std::filesystem::path& stem_source);

/// The resolved file; reading it gives an equal study file.
std::string to_yaml(const StudyFile& file);

/// JSON Schema (draft 2020-12) of the study file; docs/study.schema.json holds it.
std::string study_file_schema();

/// The program and its arguments for one trial, `{name}` replaced by the configuration's values and
/// `{{`, `}}` by braces. In a line for the shell each value is one word of it.
Result<std::vector<std::string>> resolved_command(const RunSpec& run,
                                                  const Configuration& configuration);

/// What a study's facts keep of how its trials run: the command, or `{"function": name}`.
std::string command_to_json(const RunSpec& run);

/// The limits that the engine is to keep; the budget and the group size follow from the algorithm.
study::Limits limits_of(const RunSpec& run);
study::Limits limits_of(const StudyFile& file);

}  // namespace sherpa::study_file
