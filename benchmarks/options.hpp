#pragma once

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace benchmarks {

/// Parses a benchmark's options. Ends the program after --help, and with an error after a wrong
/// option.
inline void parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e));
  }
}

}  // namespace benchmarks
