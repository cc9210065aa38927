#pragma once

#include "core/base/result.hpp"
#include "core/study/facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sherpa::study {

/// A fact as the store's columns hold it.
struct StoredFact {
  Seq seq = 0;
  std::int64_t at = 0;
  std::uint32_t kind = 0;  ///< index into Fact
  std::optional<std::int64_t> trial, attempt, iteration;
  std::optional<double> objective{};  ///< absent: the kind has none, or NaN
  std::string body{};      ///< msgpack of the other fields; empty when all are at their defaults
  std::uint64_t mark = 0;  ///< see mark_of
};

/// The last fact of a group: what one command decided is stored together or not at all.
constexpr std::uint64_t end_of_group = std::uint64_t{1} << 32;

/// CRC-32 (IEEE) of all other columns and of the mark's group bit.
std::uint32_t checksum_of(const StoredFact& stored);

/// Writes into `stored`, whose body keeps its memory.
void encode(const Entry& entry, bool last_of_group, StoredFact& stored);

/// Refuses a wrong checksum (damaged), an unknown kind (version), and a body that is no such fact
/// (damaged).
Result<Entry> decode(const StoredFact& stored);
/// The same into an entry that is used again and again; after an error it holds nothing of use.
Result<void> decode(const StoredFact& stored, Entry& entry);

}  // namespace sherpa::study
