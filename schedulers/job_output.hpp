#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace sherpa::schedulers {

/// The last line of a job's output after byte `from` that is not blank, cut to a length that suits
/// an error message; printable UTF-8.
std::string last_output_line(const std::filesystem::path& output, std::uint64_t from);

}  // namespace sherpa::schedulers
