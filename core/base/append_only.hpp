#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace sherpa::base {

/// A list that only grows and never moves what it holds: one thread appends while others read
/// elements whose index they were given after they were appended (by a lock, a message, an atomic).
/// Memory comes in chunks that double, so that little of it is allocated ahead.
template <class T>
class AppendOnly {
 public:
  AppendOnly() = default;
  AppendOnly(const AppendOnly&) = delete;
  AppendOnly& operator=(const AppendOnly&) = delete;
  ~AppendOnly() {
    for (std::size_t i = 0; i < size_; ++i) std::destroy_at(slot(i));
    for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk)
      if (chunks_[chunk]) std::allocator<T>().deallocate(chunks_[chunk], first << chunk);
  }

  template <class... Args>
  T& emplace_back(Args&&... args) {
    auto [chunk, offset] = place(size_);
    if (chunk >= chunks_.size()) throw std::length_error("sherpa: more rows than a study can hold");
    if (!chunks_[chunk]) chunks_[chunk] = std::allocator<T>().allocate(first << chunk);
    T* made = std::construct_at(chunks_[chunk] + offset, std::forward<Args>(args)...);
    ++size_;
    return *made;
  }

  T& operator[](std::size_t i) { return *slot(i); }
  const T& operator[](std::size_t i) const { return *slot(i); }
  /// For the appending thread.
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t first = 64;
  static constexpr std::size_t most = (std::size_t{1} << 32) - 1;  // indices fit 32 bits

  static std::pair<std::size_t, std::size_t> place(std::size_t i) {
    if (i >= most) return {~std::size_t{0}, 0};
    std::size_t shifted = i + first;
    auto chunk = static_cast<std::size_t>(std::bit_width(shifted) - std::bit_width(first));
    return {chunk, shifted - (first << chunk)};
  }
  T* slot(std::size_t i) const {
    auto [chunk, offset] = place(i);
    return chunks_[chunk] + offset;
  }

  std::array<T*, 28> chunks_{};
  std::size_t size_ = 0;
};

}  // namespace sherpa::base
