#include "runtime/secrets.hpp"

#include "core/base/encoding.hpp"
#include "core/base/random_id.hpp"

#include <openssl/evp.h>

#include <array>

namespace sherpa::runtime {

std::string make_secret() { return base::random_hex(32); }

std::string hash_secret(std::string_view secret) {
  std::array<unsigned char, 32> bytes{};
  EVP_Digest(secret.data(), secret.size(), bytes.data(), nullptr, EVP_sha256(), nullptr);
  return base::hexadecimal({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace sherpa::runtime
