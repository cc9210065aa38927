#include "core/feed/feed.hpp"

#include "core/base/overloaded.hpp"
#include "core/study/wire.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <type_traits>
#include <utility>

namespace sherpa::feed {

namespace {

constexpr std::size_t most_pending = 1024;  // facts that wait for somebody to ask for the table

/// The fact as stored, but without hashes of secrets.
bool shown(std::string_view field) { return field != "token_hash"; }

void name(study::wire::Packer& out, std::string_view text) {
  out.pack_str(static_cast<std::uint32_t>(text.size()));
  out.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
}

/// All fields, also those with default values: in a change, a missing field would count as
/// unchanged.
template <class T>
void put_whole(study::wire::Packer& out, const T& x) {
  out.pack_map(T::fields().size());
  auto one = [&](const auto& f) {
    name(out, f.name);
    if constexpr (std::is_same_v<std::decay_t<decltype(x.*f.member)>, study::Limits>) {
      put_whole(out, x.*f.member);
    } else {
      study::wire::put(out, x.*f.member);
    }
  };
  T::fields().for_each(one);
}

std::string encode_fact(const study::Entry& entry) {
  std::string bytes;
  study::wire::Sink sink{bytes};
  study::wire::Packer out(sink);
  out.pack_array(4);
  out.pack(entry.seq);
  out.pack(std::string(study::fact_names[entry.fact.index()]));
  study::wire::put(out, static_cast<double>(entry.at) / 1000);
  std::visit(
      base::Overloaded{[&](const study::fact::StudyChanged& changed) { put_whole(out, changed); },
                       [&](const auto& fact) { study::wire::put_fields(out, fact, shown); }},
      entry.fact);
  return bytes;
}

/// A column as a binary, least significant byte first: as page's arrays of numbers are.
template <class T, class In>
void column(study::wire::Packer& out, In begin, In end) {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(std::distance(begin, end)) * sizeof(T));
  for (; begin != end; ++begin) {
    auto bits = std::bit_cast<Bits>(static_cast<T>(*begin));
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes.push_back(static_cast<char>(bits >> (8 * i)));
  }
  out.pack_bin(static_cast<std::uint32_t>(bytes.size()));
  out.pack_bin_body(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
}

}  // namespace

void Feed::show(std::span<const study::Entry> facts) {
  std::function<void()> news;
  bool drain = false;
  {
    std::scoped_lock lock(mutex_);
    for (const auto& entry : facts) append(entry);
    news = news_;
    drain = pending_.size() >= most_pending;
  }
  if (drain) {
    std::unique_lock table(table_mutex_,
                           std::try_to_lock);  // its holder takes them next time
    if (table) fill_table();
  }
  if (news) news();
}

void Feed::append(const study::Entry& entry) {
  last_ = entry.seq;
  if (const auto* seen = std::get_if<study::fact::Observation>(&entry.fact)) {
    auto row = static_cast<std::uint32_t>(tail_.numbers.size());
    tail_.numbers.push_back(entry.seq);
    tail_.trials.push_back(static_cast<std::uint32_t>(seen->trial));
    tail_.attempts.push_back(static_cast<std::uint32_t>(seen->attempt));
    tail_.iterations.push_back(static_cast<double>(seen->iteration));
    tail_.objectives.push_back(seen->objective);
    if (entry.withdrawn_from != study::nothing_withdrawn)
      tail_.withdrawals.push_back({row, entry.withdrawn_from});
    for (const auto& [metric, value] : seen->context) {
      auto& column = tail_.context[metric];
      column.rows.push_back(row);
      column.values.push_back(value);
    }
  } else {
    if (const auto* created = std::get_if<study::fact::StudyCreated>(&entry.fact))
      uuid_ = created->uuid;
    tail_.facts.emplace_back(entry.seq, encode_fact(entry));
    pending_.push_back(entry);
  }
  if (tail_.facts.size() + tail_.numbers.size() >= chunk_) seal();
}

void Feed::seal() {
  sealed_.push_back({encode(tail_.from), last_});
  tail_ = Tail();
  tail_.from = last_ + 1;
  newest_ = Frame();
}

/// The tail, from a number on.
Feed::Bytes Feed::encode(study::Seq from) const {
  auto bytes = std::make_shared<std::string>();
  study::wire::Sink sink{*bytes};
  study::wire::Packer out(sink);
  auto fact =
      std::lower_bound(tail_.facts.begin(), tail_.facts.end(), from,
                       [](const auto& one, study::Seq number) { return one.first < number; });
  out.pack_map(4);
  name(out, "from");
  out.pack(from);
  name(out, "to");
  out.pack(last_);
  name(out, "facts");
  out.pack_array(static_cast<std::uint32_t>(tail_.facts.end() - fact));
  for (; fact != tail_.facts.end(); ++fact)
    out.pack_bin_body(fact->second.data(), static_cast<std::uint32_t>(
                                               fact->second.size()));  // appends bytes as they are
  name(out, "rows");
  tail_.put_rows(out, from);
  return bytes;
}

/// Observations from a number on, column by column.
template <class Packer>
void Feed::Tail::put_rows(Packer& out, study::Seq since) const {
  const auto first = std::lower_bound(numbers.begin(), numbers.end(), since) - numbers.begin();
  out.pack_map(7);
  name(out, "number");
  std::vector<std::uint32_t> offsets;
  for (auto at = numbers.begin() + first; at != numbers.end(); ++at)
    offsets.push_back(static_cast<std::uint32_t>(*at - since));
  column<std::uint32_t>(out, offsets.begin(), offsets.end());
  name(out, "trial");
  column<std::uint32_t>(out, trials.begin() + first, trials.end());
  name(out, "attempt");
  column<std::uint32_t>(out, attempts.begin() + first, attempts.end());
  name(out, "iteration");
  column<double>(out, iterations.begin() + first, iterations.end());
  name(out, "objective");
  column<double>(out, objectives.begin() + first, objectives.end());

  const auto row = static_cast<std::uint32_t>(first);
  name(out, "withdrawn");
  auto withdrawal = std::find_if(withdrawals.begin(), withdrawals.end(),
                                 [&](const auto& w) { return w.row >= row; });
  out.pack_array(static_cast<std::uint32_t>(withdrawals.end() - withdrawal));
  for (; withdrawal != withdrawals.end(); ++withdrawal) {
    out.pack_array(2);
    out.pack(withdrawal->row - row);
    out.pack(withdrawal->from);
  }
  name(out, "context");
  put_context(out, row);
}

/// Metrics from a row on: the rows that have a value, and the values.
template <class Packer>
void Feed::Tail::put_context(Packer& out, std::uint32_t first) const {
  out.pack_map(static_cast<std::uint32_t>(context.size()));
  for (const auto& [metric, of] : context) {
    auto begin = std::lower_bound(of.rows.begin(), of.rows.end(), first) - of.rows.begin();
    std::vector<std::uint32_t> rows;
    for (auto at = of.rows.begin() + begin; at != of.rows.end(); ++at) rows.push_back(*at - first);
    name(out, metric);
    out.pack_array(2);
    if (rows.size() == numbers.size() - first) {
      out.pack_nil();  // all of them
    } else {
      column<std::uint32_t>(out, rows.begin(), rows.end());
    }
    column<double>(out, of.values.begin() + begin, of.values.end());
  }
}

void Feed::on_news(std::function<void()> news) {
  std::scoped_lock lock(mutex_);
  news_ = std::move(news);
}

study::Seq Feed::last() const {
  std::scoped_lock lock(mutex_);
  return last_;
}

std::string Feed::uuid() const {
  std::scoped_lock lock(mutex_);
  return uuid_;
}

std::optional<Feed::Frame> Feed::after(study::Seq seen) {
  std::scoped_lock lock(mutex_);
  if (seen >= last_) return std::nullopt;
  if (seen + 1 < tail_.from)
    return *std::upper_bound(sealed_.begin(), sealed_.end(), seen,
                             [](study::Seq number, const Frame& f) { return number < f.to; });
  // Viewers that keep up have seen the same facts, and get the same frame.
  if (!newest_.bytes || newest_.to != last_ || newest_from_ != seen) {
    newest_ = {encode(seen + 1), last_};
    newest_from_ = seen;
  }
  return newest_;
}

void Feed::fill_table() {
  std::vector<study::Entry> pending;
  {
    std::scoped_lock lock(mutex_);
    pending.swap(pending_);
  }
  for (const auto& entry : pending) table_.learn(entry);
}

std::optional<Feed::Frame> Feed::snapshot() {
  std::scoped_lock table(table_mutex_);
  fill_table();
  if (!table_.created()) return std::nullopt;
  if (!snapshot_.bytes || snapshot_.to != table_.last())
    snapshot_ = {std::make_shared<const std::string>(table_.to_json()), table_.last()};
  return snapshot_;
}

}  // namespace sherpa::feed
