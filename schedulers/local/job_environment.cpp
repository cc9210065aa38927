#include "schedulers/local/job_environment.hpp"

#include "core/base/spawn.hpp"

#include <string_view>

namespace sherpa::schedulers {

namespace {

/// `http://127.0.0.1:8880/`: `8880`.
std::string port_of(std::string_view url) {
  if (auto scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  auto colon = url.rfind(':');
  return colon == url.npos ? "" : std::string(url.substr(colon + 1));
}

void append(std::string& list, std::string_view item) {
  if (!list.empty()) list += ',';
  list += item;
}

}  // namespace

Environment inherited_environment() {
  Environment all;
  for (const auto& entry : base::environment())
    if (auto equals = entry.find('='); equals != entry.npos)
      all.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  return all;
}

std::vector<std::string> job_environment(const Environment& inherited, const Environment& added,
                                         const study::effect::Start& start, const JobFiles& files,
                                         const std::filesystem::path& output_dir,
                                         const std::filesystem::path& save_dir,
                                         const std::string& url) {
  constexpr std::string_view gpu = "gpu:";
  auto all = inherited;
  for (const auto& [name, value] : added) all[name] = value;
  std::string units, gpus;
  for (const auto& [unit, share] : start.resources) {
    append(units, unit);
    if (unit.starts_with(gpu)) append(gpus, std::string_view(unit).substr(gpu.size()));
  }
  all["SHERPA_TRIAL_ID"] = std::to_string(start.trial);
  all["SHERPA_ATTEMPT"] = std::to_string(start.attempt);
  all["SHERPA_URL"] = url;
  all["SHERPA_TOKEN_FILE"] = files.token.string();
  all["SHERPA_PARAMETERS"] = files.parameters.string();
  all["SHERPA_OUTPUT_DIR"] = output_dir.string();
  all["SHERPA_LOAD_DIR"] = start.load ? (output_dir / *start.load).string() : "";
  all["SHERPA_SAVE_DIR"] = save_dir.string();
  all["SHERPA_RESOURCE"] = units;
  if (!gpus.empty()) all["CUDA_VISIBLE_DEVICES"] = gpus;
  all["SHERPA_DB_HOST"] = "127.0.0.1";
  all["SHERPA_DB_PORT"] = port_of(url);
  std::vector<std::string> entries;
  entries.reserve(all.size());
  for (const auto& [name, value] : all) entries.push_back(name + "=" + value);
  return entries;
}

}  // namespace sherpa::schedulers
