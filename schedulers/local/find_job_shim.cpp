#include "schedulers/local/find_job_shim.hpp"

#include <unistd.h>
#include <filesystem>
#include <system_error>

namespace sherpa::schedulers {

namespace fs = std::filesystem;

std::vector<std::string> find_job_shim() {
  std::error_code none;
  const auto here = fs::read_symlink("/proc/self/exe", none).parent_path();
  for (const auto& small : {here / "sherpa-job", here.parent_path() / "libexec/sherpa/sherpa-job"})
    if (::access(small.c_str(), X_OK) == 0) return {small.string()};
  return {"/proc/self/exe", "job", "--local"};
}

}  // namespace sherpa::schedulers
