#include "study/fact_codec.hpp"

#include "study/wire.hpp"

#include <zlib.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace sherpa::study {

namespace {

constexpr bool is_column(std::string_view name) {
  return name == "trial" || name == "attempt" || name == "iteration" || name == "objective";
}

template <class T>
bool at_defaults_beyond_columns(const T& x) {
  static const T defaults{};
  bool same = true;
  auto one = [&](auto f) { same = same && (is_column(f.name) || x.*f.member == defaults.*f.member); };
  std::apply([&](auto... f) { (one(f), ...); }, T::fields());
  return same;
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
    if (!std::isnan(x.objective)) stored.objective = x.objective;
}

template <class T>
bool from_columns(const StoredFact& stored, T& x) {
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
  if constexpr (requires { x.objective; }) x.objective = stored.objective.value_or(std::nan(""));
  return true;
}

template <std::size_t... I>
Fact blank(std::uint32_t kind, std::index_sequence<I...>) {
  Fact made;
  ((kind == I ? void(made.emplace<I>()) : void()), ...);
  return made;
}

}  // namespace

std::uint32_t checksum_of(const StoredFact& stored) {
  auto number = [](const std::optional<std::int64_t>& column) { return static_cast<std::uint64_t>(column.value_or(0)); };
  std::uint64_t present = (stored.trial ? 1u : 0u) | (stored.attempt ? 2u : 0u) | (stored.iteration ? 4u : 0u) |
                          (stored.objective ? 8u : 0u);
  const std::array<std::uint64_t, 8> columns{
      stored.seq, static_cast<std::uint64_t>(stored.at), stored.kind | present << 32 | (stored.mark & end_of_group) << 8,
      number(stored.trial), number(stored.attempt), number(stored.iteration),
      std::bit_cast<std::uint64_t>(stored.objective.value_or(0.0)), stored.body.size()};
  std::array<unsigned char, sizeof columns> bytes{};
  for (std::size_t i = 0; i < columns.size(); ++i)  // the same on every machine
    for (std::size_t j = 0; j < 8; ++j) bytes[8 * i + j] = static_cast<unsigned char>(columns[i] >> (8 * j));
  auto crc = crc32(0, bytes.data(), bytes.size());
  return static_cast<std::uint32_t>(
      crc32_z(crc, reinterpret_cast<const unsigned char*>(stored.body.data()), stored.body.size()));
}

void encode(const Entry& entry, bool last_of_group, StoredFact& stored) {
  stored.seq = entry.seq;
  stored.at = entry.at;
  stored.kind = static_cast<std::uint32_t>(entry.fact.index());
  stored.body.clear();
  std::visit(
      [&](const auto& x) {
        to_columns(x, stored);
        if (at_defaults_beyond_columns(x)) return;
        wire::Sink sink{stored.body};
        wire::Packer out(sink);
        wire::put_fields(out, x, [](std::string_view name) { return !is_column(name); });
      },
      entry.fact);
  stored.mark = last_of_group ? end_of_group : 0;
  stored.mark |= checksum_of(stored);
}

Result<Entry> decode(const StoredFact& stored) {
  auto number = std::to_string(stored.seq);
  if (stored.kind >= std::variant_size_v<Fact>)
    return Error{Errc::version, "fact " + number + " is of kind " + std::to_string(stored.kind) +
                                    ", which this version of Sherpa does not know"};
  if ((stored.mark & ~end_of_group) != checksum_of(stored))
    return Error{Errc::damaged, "fact " + number + " is damaged: its checksum does not fit"};
  Entry entry{stored.seq, stored.at, blank(stored.kind, std::make_index_sequence<std::variant_size_v<Fact>>())};
  bool whole = std::visit(
      [&](auto& x) {
        if (!from_columns(stored, x)) return false;
        return stored.body.empty() || wire::unpack(stored.body, x);
      },
      entry.fact);
  if (!whole) return Error{Errc::damaged, "fact " + number + " is damaged: its content is no " + std::string(fact_names[stored.kind])};
  return entry;
}

}  // namespace sherpa::study
