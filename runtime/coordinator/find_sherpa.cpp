#include "runtime/coordinator/find_sherpa.hpp"

#include <sherpa/error.hpp>

#include <dlfcn.h>
#include <unistd.h>
#include <cstdlib>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

void refuse(const std::string& why) { throw Exception({Errc::invalid_argument, why}); }

bool is_usable(const fs::path& file) { return ::access(file.c_str(), X_OK) == 0; }

}  // namespace

fs::path find_sherpa(const fs::path& given) {
  if (!given.empty()) {
    if (!is_usable(given)) refuse("there is no program " + given.string());
    return fs::absolute(given);
  }
  std::vector<fs::path> places;
  std::error_code none;
  if (auto self = fs::read_symlink("/proc/self/exe", none); self.filename() == "sherpa")
    places.push_back(self);
  Dl_info library{};
  if (::dladdr(reinterpret_cast<const void*>(&find_sherpa), &library) != 0 && library.dli_fname) {
    const auto beside = fs::absolute(library.dli_fname).parent_path();
    for (const auto& directory :
         {beside, beside.parent_path() / "bin", beside.parent_path().parent_path() / "bin"})
      places.push_back(directory / "sherpa");
  }
  const char* path = std::getenv("PATH");
  std::istringstream directories(path ? path : "");
  for (std::string directory; std::getline(directories, directory, ':');)
    if (!directory.empty()) places.push_back(fs::absolute(directory) / "sherpa");
  for (const auto& place : places)
    if (fs::is_regular_file(place, none) && is_usable(place)) return place;
  refuse("the command sherpa, which jobs run, is not in PATH; install it, or say where it is");
  return {};
}

}  // namespace sherpa::runtime
