#pragma once

#include <sherpa/error.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// The commands of `sherpa`. Each returns the process's exit code; what goes wrong is thrown as
/// sherpa::Exception.
namespace sherpa::cli {

struct RunArguments {
  std::filesystem::path study_file;
  bool update = false, take_over = false, json = false;
  std::string dashboard_host{};  ///< wins over the study file's; empty: not given
  std::vector<std::filesystem::path> dashboard_tls{};  ///< likewise: certificate and key
  bool no_dashboard = false;
};
int run(const RunArguments& arguments);

/// A worker of a study whose coordinator is elsewhere.
struct WorkerArguments {
  std::filesystem::path join;
  std::uint32_t slots = 1;
  std::vector<std::string> resources{};
  std::string name{};
  std::optional<std::chrono::milliseconds> idle{};
  std::chrono::milliseconds grace{};
  int parent = 0;  ///< the process that started it, and with which it goes; 0: it stays by itself
};
int worker(const WorkerArguments& arguments);

/// What a batch system runs for one attempt of a trial.
struct JobArguments {
  std::filesystem::path join, ticket;
  std::chrono::milliseconds alone{30'000};  ///< without a coordinator, before it gives up
  std::optional<std::chrono::milliseconds> timeout{};
};
/// Exits with 0 when how the attempt ended is stored, whatever that is: batch systems have ideas of
/// their own about codes.
int job(const JobArguments& arguments);

int validate(const std::filesystem::path& study_file, bool json);
int show_version(bool json);
/// For programs that asked for JSON: `{"error": …, "exit_code": …}` on standard output.
void print_error(const Exception& error);

/// How a study stands, at rest or running.
int status(const std::filesystem::path& directory, bool json);

/// The configuration of which a model of the results expects the best, of a study at rest.
int predict(const std::filesystem::path& directory, bool json);

enum class Format : std::uint8_t { csv, json, html };
int export_results(const std::filesystem::path& directory, Format format);

/// The page of studies at rest, until a signal; of one that runs, the address of its own.
struct DashboardArguments {
  std::vector<std::filesystem::path> directories{};
  std::string host{"127.0.0.1"};
  std::optional<std::uint16_t> port{};
  std::vector<std::filesystem::path> tls{};  ///< certificate and key; empty: not encrypted
  bool viewer = false;                       ///< the link is for somebody who may only see
};
int show_dashboard(const DashboardArguments& arguments);

int algorithms(const std::string& name, bool json);

/// Steering a running study. Values of configurations are JSON: `lr=0.01`, `act="relu"` (the quotes
/// may be left out).
int stop(const std::filesystem::path& directory, std::uint64_t trial, bool json);
int pause(const std::filesystem::path& directory, bool json);
int resume(const std::filesystem::path& directory, bool json);
int enqueue(const std::filesystem::path& directory, const std::vector<std::string>& parameters,
            bool json);
int limit(const std::filesystem::path& directory, std::uint32_t max_concurrent, bool json);

/// In a trial's script.
int trial_get(const std::string& parameter);
struct ReportArguments {
  std::string objective{};  ///< a number; NaN and Infinity, too
  std::int64_t iteration = 1;
  std::vector<std::string> context;  ///< name=value
};
int trial_report(const ReportArguments& arguments);
int trial_should_stop();
int trial_end(const std::string& status, const std::string& message);

}  // namespace sherpa::cli
