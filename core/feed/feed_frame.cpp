#include "core/feed/feed_frame.hpp"

#include "core/study/wire.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace sherpa::feed {

namespace {

using study::wire::In;

/// Observations, column by column.
struct Rows {
  struct Metric {
    std::string name{};
    std::optional<std::vector<std::uint32_t>> rows{};  // absent: all
    std::vector<double> values{};
  };
  std::vector<std::uint32_t> numbers{}, trials{}, attempts{};
  std::vector<double> iterations{}, objectives{};
  std::vector<std::pair<std::uint32_t, std::int64_t>> withdrawn{};
  std::vector<Metric> context{};

  bool fit() const {
    const auto n = numbers.size();
    bool ok = trials.size() == n && attempts.size() == n && iterations.size() == n &&
              objectives.size() == n;
    constexpr double most = 1ULL << 53;
    ok = ok && std::all_of(iterations.begin(), iterations.end(),
                           [](double x) { return x >= 0 && x <= most; });
    for (const auto& [row, from] : withdrawn) ok = ok && row < n;
    for (const auto& metric : context) {
      ok = ok && metric.values.size() == (metric.rows ? metric.rows->size() : n);
      if (metric.rows)
        ok = ok && std::all_of(metric.rows->begin(), metric.rows->end(),
                               [&](auto row) { return row < n; });
    }
    return ok;
  }
};

/// Calls `one(key)` for each of a map's keys; its value is what `one` reads.
template <class One>
bool each_key(In& in, One&& one) {
  In::Item map, key;
  if (!in.next(In::Type::map, map)) return false;
  for (; map.bits > 0; --map.bits)
    if (!in.next(In::Type::text, key) || !one(key.text)) return false;
  return true;
}

template <class One>
bool each_item(In& in, One&& one) {
  In::Item list;
  if (!in.next(In::Type::array, list)) return false;
  for (; list.bits > 0; --list.bits)
    if (!one()) return false;
  return true;
}

bool pair_begins(In& in) {
  In::Item pair;
  return in.next(In::Type::array, pair) && pair.bits == 2;
}

/// A binary, least significant byte first.
template <class T>
bool get_column(In& in, std::vector<T>& out) {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  In::Item item;
  if (!in.next(In::Type::other, item) || item.text.size() % sizeof(T) != 0) return false;
  for (std::size_t at = 0; at < item.text.size(); at += sizeof(T)) {
    Bits bits = 0;
    for (std::size_t i = sizeof(T); i-- > 0;)
      bits = static_cast<Bits>(bits << 8 | static_cast<unsigned char>(item.text[at + i]));
    out.push_back(std::bit_cast<T>(bits));
  }
  return true;
}

bool get_withdrawn(In& in, Rows& rows) {
  return each_item(in, [&] {
    auto& [row, from] = rows.withdrawn.emplace_back();
    return pair_begins(in) && study::wire::get(in, row) && study::wire::get(in, from);
  });
}

bool get_context(In& in, Rows& rows) {
  return each_key(in, [&](std::string_view name) {
    auto& metric = rows.context.emplace_back();
    metric.name = name;
    if (!pair_begins(in)) return false;
    if (!in.take_nil() && !get_column(in, metric.rows.emplace())) return false;
    return get_column(in, metric.values);
  });
}

bool get_rows(In& in, Rows& rows) {
  return each_key(in, [&](std::string_view key) {
    if (key == "number") return get_column(in, rows.numbers);
    if (key == "trial") return get_column(in, rows.trials);
    if (key == "attempt") return get_column(in, rows.attempts);
    if (key == "iteration") return get_column(in, rows.iterations);
    if (key == "objective") return get_column(in, rows.objectives);
    if (key == "withdrawn") return get_withdrawn(in, rows);
    if (key == "context") return get_context(in, rows);
    return in.skip();
  });
}

template <std::size_t... I>
bool get_fact(In& in, std::size_t kind, study::Fact& fact, std::index_sequence<I...>) {
  bool whole = false;
  ((kind == I ? void(whole = study::wire::get(in, fact.emplace<I>())) : void()), ...);
  return whole;
}

bool get_entry(In& in, study::Entry& entry) {
  In::Item list, kind;
  double at = 0;
  if (!in.next(In::Type::array, list) || list.bits != 4 || !study::wire::get(in, entry.seq) ||
      !in.next(In::Type::text, kind) || !study::wire::get(in, at))
    return false;
  if (!(at >= 0 && at < 1e15)) return false;
  entry.at = std::llround(at * 1000);
  auto known = std::find(study::fact_names.begin(), study::fact_names.end(), kind.text);
  if (known == study::fact_names.end()) return false;
  return get_fact(in, static_cast<std::size_t>(known - study::fact_names.begin()), entry.fact,
                  std::make_index_sequence<std::variant_size_v<study::Fact>>());
}

void append(const Rows& rows, study::Seq from, std::vector<study::Entry>& out) {
  const auto first = out.size();
  for (std::size_t i = 0; i < rows.numbers.size(); ++i)
    out.push_back({.seq = from + rows.numbers[i],
                   .fact = study::fact::Observation{
                       .trial = rows.trials[i],
                       .attempt = rows.attempts[i],
                       .iteration = static_cast<std::int64_t>(rows.iterations[i]),
                       .objective = rows.objectives[i]}});
  for (const auto& [row, withdrawn] : rows.withdrawn) out[first + row].withdrawn_from = withdrawn;
  for (const auto& metric : rows.context)
    for (std::size_t i = 0; i < metric.values.size(); ++i) {
      auto& entry = out[first + (metric.rows ? (*metric.rows)[i] : i)];
      std::get<study::fact::Observation>(entry.fact).context[metric.name] = metric.values[i];
    }
}

}  // namespace

Result<std::vector<study::Entry>> read_frame(std::string_view frame) {
  In in(frame);
  study::Seq from = 0, to = 0;
  std::vector<study::Entry> out;
  Rows rows;
  bool ok = each_key(in, [&](std::string_view key) {
    if (key == "from") return study::wire::get(in, from);
    if (key == "to") return study::wire::get(in, to);
    if (key == "facts") return each_item(in, [&] { return get_entry(in, out.emplace_back()); });
    if (key == "rows") return get_rows(in, rows);
    return in.skip();
  });
  if (!ok || !in.at_end() || !rows.fit()) return Error{Errc::damaged, "malformed feed frame"};
  append(rows, from, out);
  std::sort(out.begin(), out.end(),
            [](const study::Entry& a, const study::Entry& b) { return a.seq < b.seq; });
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i].seq != from + i || out[i].seq > to)
      return Error{Errc::damaged, "a feed frame lacks facts"};
  return out;
}

}  // namespace sherpa::feed
