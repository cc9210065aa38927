#pragma once

#include "core/link/link_messages.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sherpa::runtime::tls_link {

constexpr std::size_t frame_head = 4;  // bytes of the length before a message, the highest first

/// The message, with its length before it.
std::string frame(const link::Message& message);

/// Cuts what arrives into frames. Keeps the beginning of one until the rest has come.
class FrameReader {
 public:
  /// Calls `take` with each message that is whole now, until that returns false. `most()` is how
  /// long the next one may be. Returns the length that was announced of one that is longer or
  /// empty: nothing after it can be read.
  template <class Most, class Take>
  std::optional<std::size_t> read(std::string_view bytes, Most most, Take take) {
    const bool apart = !begun_.empty();
    if (apart) {
      begun_ += bytes;
      bytes = begun_;
    }
    while (bytes.size() >= frame_head) {
      const auto size = length_at(bytes);
      if (size == 0 || size > most()) return size;
      if (bytes.size() - frame_head < size) break;
      if (!take(bytes.substr(frame_head, size))) return {};
      bytes.remove_prefix(frame_head + size);
    }
    keep(bytes, apart);
    return {};
  }

 private:
  static std::size_t length_at(std::string_view bytes);
  void keep(std::string_view rest, bool apart);

  std::string begun_;
};

}  // namespace sherpa::runtime::tls_link
