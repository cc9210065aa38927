#include "core/base/random_id.hpp"

#include "core/base/encoding.hpp"

#include <sherpa/error.hpp>

#include <sys/random.h>

#include <cerrno>
#include <cstring>

namespace sherpa::base {

namespace {

std::string random_bytes(std::size_t count) {
  std::string random(count, '\0');
  for (std::size_t done = 0; done < count;) {
    auto size = ::getrandom(random.data() + done, count - done, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0)
      throw Exception({Errc::internal, "this system has no random numbers for secrets"});
    done += static_cast<std::size_t>(size);
  }
  return random;
}

}  // namespace

std::string random_hex(std::size_t bytes) { return hexadecimal(random_bytes(bytes)); }

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  std::memcpy(&seed, random_bytes(sizeof seed).data(), sizeof seed);
  return seed;
}

std::string new_uuid() {
  auto bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);  // the version
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);  // the variant
  auto text = hexadecimal(bytes);
  for (std::size_t dash : {8u, 13u, 18u, 23u}) text.insert(dash, 1, '-');
  return text;
}

}  // namespace sherpa::base
