#pragma once

#include <sherpa/error.hpp>
#include <sherpa/log.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

namespace sherpa::testing_support {

/// A directory of a test's own, gone with it.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "sherpa-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Writes into the lock of a study what a coordinator on another host writes that takes it over.
inline void taken_over_elsewhere(const std::filesystem::path& directory) {
  std::ofstream(directory / "lock") << "state=held\nhost=far-away\npid=4711\nstart=1\nboot_id="
                                       "00000000-0000-0000-0000-000000000000\nepoch=9\n";
}

/// Catches the log while it lives.
class CaughtLog {
 public:
  CaughtLog() {
    set_log([this](LogLevel, std::string_view line) {
      std::scoped_lock lock(mutex_);
      lines_.emplace_back(line);
    });
  }
  ~CaughtLog() { set_log({}); }

  std::vector<std::string> lines() const {
    std::scoped_lock lock(mutex_);
    return lines_;
  }
  std::string text() const {
    std::string out;
    for (const auto& line : lines()) out += line + "\n";
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// What the function throws as Exception, as text; "nothing was thrown" otherwise.
template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Exception& e) {
    return e.what();
  }
  return "nothing was thrown";
}

template <class F>
Errc code_of(F&& f) {
  try {
    f();
  } catch (const Exception& e) {
    return e.code();
  }
  throw std::logic_error("nothing was thrown");
}

}  // namespace sherpa::testing_support
