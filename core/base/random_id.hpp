#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// Names and secrets that nobody can guess, from the system's random numbers. Never for a study's
/// suggestions, which must repeat: those come from sherpa::Random.
namespace sherpa::base {

/// So many random bytes in hexadecimal: 16 for a name that is unique, 32 for a secret. Throws
/// Exception(internal) where the system has no random numbers.
std::string random_hex(std::size_t bytes);

/// 128 random bits in hexadecimal.
inline std::string random_name() { return random_hex(16); }

/// The seed of something that need not repeat itself.
std::uint64_t random_seed();

/// A version 4 UUID (RFC 9562).
std::string new_uuid();

}  // namespace sherpa::base
