#pragma once

#include <string>
#include <string_view>

/// Secrets by which attempts and people prove themselves.
namespace sherpa::runtime {

/// 256 random bits in hexadecimal. Throws Exception(internal) where the system has no randomness.
std::string make_secret();

/// SHA-256 in hexadecimal: what is stored and compared.
std::string hash_secret(std::string_view secret);

}  // namespace sherpa::runtime
