#include "runtime/secrets.hpp"

#include <sherpa/error.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>

namespace sherpa::runtime {

namespace {

template <std::size_t n>
std::string hexadecimal(const std::array<unsigned char, n>& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) text += {digits[byte >> 4], digits[byte & 15]};
  return text;
}

}  // namespace

std::string make_secret() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw Exception({Errc::internal, "this system has no random numbers for secrets"});
  return hexadecimal(bytes);
}

std::string hash_secret(std::string_view secret) {
  std::array<unsigned char, 32> bytes{};
  EVP_Digest(secret.data(), secret.size(), bytes.data(), nullptr, EVP_sha256(), nullptr);
  return hexadecimal(bytes);
}

}  // namespace sherpa::runtime
