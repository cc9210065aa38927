#include "core/study/fact_codec.hpp"

#include "core/study/wire.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <utility>

namespace sherpa::study {

namespace {

constexpr bool is_column(std::string_view name) {
  return name == "trial" || name == "attempt" || name == "iteration" || name == "objective";
}

/// Which fields go into the body. SQLite stores −0.0 as 0: such an objective is in the body too,
/// which takes precedence over the column.
template <class T>
auto in_body(const T& x) {
  bool negative_zero = false;
  if constexpr (requires { x.objective; })
    negative_zero = x.objective == 0 && std::signbit(x.objective);
  return [negative_zero](std::string_view name) {
    return !is_column(name) || (negative_zero && name == "objective");
  };
}

template <class T>
void to_columns(const T& x, StoredFact& stored) {
  stored.trial.reset();
  stored.attempt.reset();
  stored.iteration.reset();
  stored.objective.reset();
  if constexpr (requires { x.trial; }) stored.trial = static_cast<std::int64_t>(x.trial);
  if constexpr (requires { x.attempt; }) stored.attempt = x.attempt;
  if constexpr (requires { x.iteration; }) stored.iteration = x.iteration;
  if constexpr (requires { x.objective; })
    if (!std::isnan(x.objective)) stored.objective = x.objective + 0.0;  // 0.0 for −0.0
}

template <class T>
bool from(const StoredFact& stored, T& x) {
  if constexpr (requires { x.objective; }) x.objective = stored.objective.value_or(std::nan(""));
  if (!stored.body.empty() && !wire::unpack(stored.body, x)) return false;
  if constexpr (requires { x.trial; }) {
    if (!stored.trial || *stored.trial < 1) return false;
    x.trial = static_cast<TrialId>(*stored.trial);
  }
  if constexpr (requires { x.attempt; }) {
    if (!stored.attempt || !std::in_range<AttemptId>(*stored.attempt)) return false;
    x.attempt = static_cast<AttemptId>(*stored.attempt);
  }
  if constexpr (requires { x.iteration; }) {
    if (!stored.iteration || *stored.iteration < 0) return false;
    x.iteration = *stored.iteration;
  }
  return true;
}

template <std::size_t... I>
bool from(const StoredFact& stored, Fact& fact, std::index_sequence<I...>) {
  bool whole = false;
  ((stored.kind == I ? void(whole = from(stored, fact.emplace<I>())) : void()), ...);
  return whole;
}

/// Tables for eight bytes at a time ("slicing by 8"): zlib's crc32 takes five times as long for
/// the few bytes of a fact.
constexpr auto crc_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    auto crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    tables[0][i] = crc;
  }
  for (std::size_t t = 1; t < 8; ++t)
    for (std::size_t i = 0; i < 256; ++i)
      tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 0xff];
  return tables;
}();

/// Continues the CRC over the eight bytes of `word`, lowest first.
std::uint32_t crc_of(std::uint32_t crc, std::uint64_t word) {
  word ^= crc;
  const auto& t = crc_tables;
  return t[7][word & 0xff] ^ t[6][word >> 8 & 0xff] ^ t[5][word >> 16 & 0xff] ^
         t[4][word >> 24 & 0xff] ^ t[3][word >> 32 & 0xff] ^ t[2][word >> 40 & 0xff] ^
         t[1][word >> 48 & 0xff] ^ t[0][word >> 56];
}

}  // namespace

std::uint32_t checksum_of(const StoredFact& stored) {
  auto number = [](const std::optional<std::int64_t>& column) {
    return static_cast<std::uint64_t>(column.value_or(0));
  };
  std::uint64_t present = (stored.trial ? 1u : 0u) | (stored.attempt ? 2u : 0u) |
                          (stored.iteration ? 4u : 0u) | (stored.objective ? 8u : 0u);
  std::uint32_t crc = ~std::uint32_t{0};
  for (std::uint64_t column :
       {stored.seq, static_cast<std::uint64_t>(stored.at),
        stored.kind | present << 32 | (stored.mark & end_of_group) << 8, number(stored.trial),
        number(stored.attempt), number(stored.iteration),
        std::bit_cast<std::uint64_t>(stored.objective.value_or(0.0)),
        std::uint64_t{stored.body.size()}})
    crc = crc_of(crc, column);
  const auto* bytes = reinterpret_cast<const unsigned char*>(stored.body.data());
  auto left = stored.body.size();
  for (; left >= 8; left -= 8, bytes += 8) {
    auto at = [&](std::size_t i) {
      return std::uint64_t{bytes[i]} << (8 * i);
    };  // the same on every machine
    crc = crc_of(crc, at(0) | at(1) | at(2) | at(3) | at(4) | at(5) | at(6) | at(7));
  }
  for (; left > 0; --left) crc = crc >> 8 ^ crc_tables[0][(crc ^ *bytes++) & 0xff];
  return ~crc;
}

void encode(const Entry& entry, bool last_of_group, StoredFact& stored) {
  stored.seq = entry.seq;
  stored.at = entry.at;
  stored.kind = static_cast<std::uint32_t>(entry.fact.index());
  stored.body.clear();
  std::visit(
      [&](const auto& x) {
        to_columns(x, stored);
        auto take = in_body(x);
        if (wire::count_fields(x, take) == 0) return;
        wire::Sink sink{stored.body};
        wire::Packer out(sink);
        wire::put_fields(out, x, take);
      },
      entry.fact);
  stored.mark = last_of_group ? end_of_group : 0;
  stored.mark |= checksum_of(stored);
}

Result<void> decode(const StoredFact& stored, Entry& entry) {
  auto number = [&] { return "fact " + std::to_string(stored.seq); };
  if ((stored.mark & ~end_of_group) != checksum_of(stored))
    return Error{Errc::damaged, number() + " is damaged: its checksum does not fit"};
  if (stored.kind >= std::variant_size_v<Fact>)
    return Error{Errc::version,
                 number() + " is of kind " + std::to_string(stored.kind) +
                     ", which this version of Sherpa does not know; use a newer Sherpa"};
  entry.seq = stored.seq;
  entry.at = stored.at;
  entry.withdrawn_from = nothing_withdrawn;
  if (!from(stored, entry.fact, std::make_index_sequence<std::variant_size_v<Fact>>()))
    return Error{Errc::damaged, number() + " is damaged: its content is no " +
                                    std::string(fact_names[stored.kind])};
  return {};
}

Result<Entry> decode(const StoredFact& stored) {
  Entry entry;
  if (auto read = decode(stored, entry); !read) return read.error();
  return entry;
}

}  // namespace sherpa::study
