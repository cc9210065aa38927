#include "runtime/tls_link/frames.hpp"

#include <cstdint>

namespace sherpa::runtime::tls_link {

namespace {

constexpr std::size_t kept = 64 * 1024;  // bytes of memory that a quiet connection keeps

}  // namespace

std::string frame(const link::Message& message) {
  auto bytes = link::encode(message);
  auto size = static_cast<std::uint32_t>(bytes.size());
  std::string framed;
  framed.reserve(frame_head + bytes.size());
  for (int shift = 24; shift >= 0; shift -= 8) framed += static_cast<char>(size >> shift);
  return framed += bytes;
}

std::size_t FrameReader::length_at(std::string_view bytes) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < frame_head; ++i)
    size = size << 8 | static_cast<unsigned char>(bytes[i]);
  return size;
}

void FrameReader::keep(std::string_view rest, bool apart) {
  if (apart)
    begun_.erase(0, begun_.size() - rest.size());
  else
    begun_ = rest;
  if (begun_.empty() && begun_.capacity() > kept) begun_.shrink_to_fit();
}

}  // namespace sherpa::runtime::tls_link
