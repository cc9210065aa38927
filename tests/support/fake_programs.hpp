#pragma once

#include "tests/support/scratch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace sherpa::testing_support {

/// Programs of a batch system that say what a test wants, in front of all others in PATH while this
/// lives. They find its directory as $FAKES.
class FakePrograms {
 public:
  FakePrograms() {
    ::setenv("PATH", (scratch_.path().string() + ":" + path_).c_str(), 1);
    ::setenv("FAKES", scratch_.path().c_str(), 1);
  }
  ~FakePrograms() { ::setenv("PATH", path_.c_str(), 1); }
  FakePrograms(const FakePrograms&) = delete;
  FakePrograms& operator=(const FakePrograms&) = delete;

  void add(const std::string& name, const std::string& script) const {
    std::ofstream(scratch_ / name) << "#!/bin/sh\n" << script << '\n';
    std::filesystem::permissions(scratch_ / name, std::filesystem::perms::owner_all);
  }
  const std::filesystem::path& directory() const { return scratch_.path(); }

 private:
  const std::string path_ = std::getenv("PATH");
  Scratch scratch_;
};

}  // namespace sherpa::testing_support
