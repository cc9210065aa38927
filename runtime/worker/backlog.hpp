#pragma once

#include "core/base/files.hpp"
#include "core/study/commands.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace sherpa::runtime {

/// Observations that wait to be sent, in order: the oldest and the newest in memory, and what does
/// not fit between them in a file without a name, which goes with the process. Not thread-safe.
class Backlog {
 public:
  struct Limits {
    std::size_t chunk = 1'024;  ///< observations written and read together
    /// Observations; of the newest as many again where no file can be written.
    std::size_t in_memory = 16'384;
    std::uint64_t on_disk = std::uint64_t{64} << 20;  ///< bytes
  };

  Backlog() : Backlog(Limits{}) {}
  explicit Backlog(Limits limits) : limits_(limits) {}

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// The reporter should wait. Measurements that are pushed all the same are kept.
  bool full() const;
  void push(Observation seen);
  /// The oldest ones, in order, at most `most`. There may be more even if fewer are returned.
  /// Errors: store, damaged: the file cannot be read back, and its measurements are lost.
  Result<std::vector<Observation>> take(std::size_t most);
  void clear();

 private:
  struct Chunk {
    std::uint64_t offset = 0;
    std::size_t bytes = 0, count = 0;
  };

  void spill();
  bool write(const std::string& bytes);
  Result<void> read_oldest();

  Limits limits_;
  std::size_t size_ = 0;
  std::deque<Observation> oldest_,
      newest_;  // nothing is newest while nothing is in the file
  base::Descriptor file_;
  std::deque<Chunk> chunks_;
  std::uint64_t end_ = 0;  // of the file
  bool cannot_ = false;    // write any more, until everything is out of it
};

}  // namespace sherpa::runtime
