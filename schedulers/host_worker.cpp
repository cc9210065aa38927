#include "schedulers/host_worker.hpp"

#include "core/base/files.hpp"
#include "core/base/random_id.hpp"
#include "core/base/spawn.hpp"
#include "core/space/json.hpp"

#include <exception>
#include <optional>
#include <utility>

namespace sherpa::schedulers {

namespace fs = std::filesystem;

namespace {

/// What this host offered when a coordinator ran here before; nothing when that cannot be read.
std::optional<study::Worker> last_time(const fs::path& file) {
  try {
    study::Worker worker;
    space::json::read_members(space::json::Json::parse(base::read_file(file).value_or("")), worker);
    if (!worker.incarnation.empty()) return worker;
  } catch (const std::exception&) {  // then this is a new start
  }
  return std::nullopt;
}

}  // namespace

Result<study::Worker> host_worker(const fs::path& jobs, std::uint32_t slots,
                                  std::vector<std::string> resources, const std::string& name) {
  study::Worker worker{.name = name.empty() ? base::host_name() : name,
                       .incarnation = {},
                       .slots = slots,
                       .resources = std::move(resources),
                       .outlives = true};
  const auto file = jobs / "worker";
  if (auto before = last_time(file)) {
    worker.incarnation = before->incarnation;
    if (worker == *before) return worker;
  }
  // Another host, or offering something else: to the engine that is another start of a worker.
  worker.incarnation = base::random_name();
  if (auto written = base::replace_file(file, space::json::write(worker).dump() + "\n", 0600);
      !written)
    return written.error();
  return worker;
}

}  // namespace sherpa::schedulers
