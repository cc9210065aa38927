#include "core/study_file/study_file_keys.hpp"

#include "core/base/duration.hpp"

#include <cmath>
#include <vector>

namespace sherpa::study_file {

using space::json::Json;

namespace {

/// A value that leaves its key out of what is written.
const Json left_out = Json(Json::value_t::discarded);

}  // namespace

// Not in the unnamed namespace: there they would hide the declarations of the header.

static Json write_key(const std::variant<std::vector<std::string>, std::string>& command) {
  if (auto* line = std::get_if<std::string>(&command)) return *line;
  const auto& arguments = std::get<std::vector<std::string>>(command);
  return arguments.empty() ? left_out : space::json::write(arguments);
}

static Json write_key(const std::filesystem::path& path) {
  return path.empty() ? left_out : Json(path.string());
}

static Json write_key(const std::map<std::string, std::string>& variables) {
  auto out = Json::object();
  for (const auto& [name, value] : variables) out[name] = value;
  return out;
}

static Json write_key(const study::Needs& needs) {
  Json out = {{"slots", needs.slots}};
  for (const auto& [kind, amount] : needs.resources)
    out[kind] =
        amount == std::floor(amount) ? Json(static_cast<std::uint64_t>(amount)) : Json(amount);
  return out;
}

static Json write_key(std::chrono::milliseconds duration) { return base::show_duration(duration); }

template <class T>
static Json write_key(const T& x) {
  return space::json::write(x);
}
template <class T>
static Json write_key(const std::optional<T>& x) {
  return x ? write_key(*x) : Json(nullptr);
}

namespace {

/// A key with its value, whose type is known to `write` alone: so that writing a table is not
/// compiled once more for each of them.
struct ValueToWrite {
  KeyInfo key;
  const void* value;
  Json (*write)(const void* value);
};

Json write_values(const std::vector<ValueToWrite>& values) {
  auto out = Json::object();
  for (const auto& [key, value, write] : values) {
    auto written = write(value);
    const bool left =
        written.is_discarded() || (written.is_null() && key.otherwise == Default::derived);
    if (!left) out[std::string(key.name)] = std::move(written);
  }
  return out;
}

template <class T>
Json write_value(const void* value) {
  return write_key(*static_cast<const T*>(value));
}

template <class T>
Json write_table(const T& x) {
  std::vector<ValueToWrite> values;
  keys_of(std::type_identity<T>()).for_each([&]<class M>(const Key<T, M>& k) {
    values.push_back({k, &(x.*k.member), &write_value<M>});
  });
  return write_values(values);
}

}  // namespace

Json write_key(const StudyFileKeys& keys) { return write_table(keys); }
Json write_key(const RunSpec& run) { return write_table(run); }
Json write_key(const SchedulerSpec& scheduler) { return write_table(scheduler); }
Json write_key(const study::RetryLimits& retry) { return write_table(retry); }
Json write_key(const CheckpointsSpec& checkpoints) { return write_table(checkpoints); }
Json write_key(const WorkersSpec& workers) { return write_table(workers); }
Json write_key(const DashboardSpec& dashboard) { return write_table(dashboard); }
Json write_key(const PageTlsSpec& tls) { return write_table(tls); }

}  // namespace sherpa::study_file
