#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// Unguessable names and secrets, from the system's random numbers. Never for a study's
/// suggestions, which must be reproducible: those come from sherpa::Random.
namespace sherpa::base {

/// `bytes` random bytes in hexadecimal: 16 for a unique name, 32 for a secret. Throws
/// Exception(internal) where the system has no random numbers.
std::string random_hex(std::size_t bytes);

/// 128 random bits in hexadecimal.
inline std::string random_name() { return random_hex(16); }

/// The seed of something that need not repeat itself.
std::uint64_t random_seed();

/// A version 4 UUID (RFC 9562).
std::string new_uuid();

}  // namespace sherpa::base
