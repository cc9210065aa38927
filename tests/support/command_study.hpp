#pragma once

#include "tests/support/process.hpp"
#include "tests/support/scratch.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace sherpa::testing_support {

/// A study file and the command `sherpa` as it is typed, in a directory of the test's own.
class CommandStudy : public testing::Test {
 protected:
  /// A study of trials that run a shell command; `run` is more of its map `run`.
  void write_study(const std::string& command, int trials, const std::string& run = "",
                   const std::string& parameter = "x") const {
    std::ofstream(file) << "# a comment\nsherpa: 1\nlower_is_better: true\nparameters:\n  - {name: "
                        << parameter << ", type: continuous, range: [0, 1]}\n"
                        << "algorithm: {name: RandomSearch, max_num_trials: " << trials
                        << "}\nrandom_seed: 7\noutput_dir: " << output.string()
                        << "\ndashboard: {enabled: false}\nrun:\n  command: '" << command << "'\n"
                        << run;
  }
  static std::vector<std::string> sherpa(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SHERPA_COMMAND);
    return arguments;
  }
  /// Scripts find the command by its name.
  static std::vector<std::string> path() {
    return {"PATH=" + std::filesystem::path(SHERPA_COMMAND).parent_path().string() +
            ":/usr/bin:/bin"};
  }
  static Outcome call(std::vector<std::string> arguments) {
    return Process(sherpa(std::move(arguments)), path()).wait();
  }
  /// With standard output as the shell's redirection says.
  Outcome call_into(const std::string& redirection, const std::string& arguments) const {
    return Process({"/bin/bash", "-c",
                    "export " + path().front() + "; cd " + scratch.path().string() + "; " +
                        SHERPA_COMMAND + " " + arguments + " " + redirection},
                   path())
        .wait();
  }

  Scratch scratch;
  std::filesystem::path file = scratch / "study.yaml";
  std::filesystem::path output = scratch / "out";
};

}  // namespace sherpa::testing_support
