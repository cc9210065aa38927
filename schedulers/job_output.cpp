#include "schedulers/job_output.hpp"

#include "core/base/encoding.hpp"
#include "core/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace sherpa::schedulers {

namespace {

constexpr std::size_t longest_message = 300;

}  // namespace

std::string last_output_line(const std::filesystem::path& output, std::uint64_t from) {
  base::Descriptor in(::open(output.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!in || ::fstat(in.get(), &info) != 0) return {};
  std::array<char, 4096> tail{};
  const auto size = static_cast<std::uint64_t>(info.st_size);
  from = std::max(from, size - std::min<std::uint64_t>(size, tail.size()));
  auto got = ::pread(in.get(), tail.data(), tail.size(), static_cast<off_t>(from));
  if (got <= 0) return {};
  std::string_view text(tail.data(), static_cast<std::size_t>(got));
  const auto end = text.find_last_not_of(" \t\r\n\0");
  if (end == text.npos) return {};
  text = text.substr(0, end + 1);
  text.remove_prefix(text.find_last_of("\r\n") + 1);  // npos + 1: from the beginning
  return base::printable(text.substr(0, longest_message));
}

}  // namespace sherpa::schedulers
