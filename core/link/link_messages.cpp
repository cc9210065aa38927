#include "core/link/link_messages.hpp"

#include "core/base/text.hpp"
#include "core/study/lineage.hpp"
#include "core/study/wire.hpp"

#include <sherpa/version.hpp>

#include <algorithm>
#include <concepts>
#include <type_traits>

// What there may be many of in one message goes without names.
namespace sherpa::study::wire {

static void put(Packer& out, const link::AttemptName& name) {
  out.pack_array(3);
  put(out, name.trial);
  put(out, name.attempt);
  put(out, name.token);
}
static bool get(In& in, link::AttemptName& name) {
  In::Item item;
  return in.next(In::Type::array, item) && item.bits == 3 && get(in, name.trial) &&
         get(in, name.attempt) && get(in, name.token);
}

static void put(Packer& out, const command::Measurement& m) {
  out.pack_array(m.context.empty() ? 2 : 3);
  put(out, m.iteration);
  put(out, m.objective);
  if (!m.context.empty()) put(out, m.context);
}
static bool get(In& in, command::Measurement& m) {
  In::Item item;
  return in.next(In::Type::array, item) && (item.bits == 2 || item.bits == 3) &&
         get(in, m.iteration) && get(in, m.objective) && (item.bits == 2 || get(in, m.context));
}

}  // namespace sherpa::study::wire

namespace sherpa::link {

namespace {

constexpr std::string_view protocol_field = "protocol";

template <class T>
concept Versioned = requires(T x) {
  { x.protocol } -> std::same_as<std::uint32_t&>;
};

/// Like wire::put, but the protocol always goes along: its default is another one elsewhere.
template <class T>
void put_message(study::wire::Packer& out, const T& x) {
  static const T defaults{};
  auto is_said = [&](const auto& f) {
    if (f.name == protocol_field) return true;
    if constexpr (requires { (x.*f.member).empty(); })
      return !(x.*f.member).empty();  // the default of every text, list and map
    else
      return !study::wire::same(x.*f.member, defaults.*f.member);
  };
  std::uint32_t count = 0;
  T::fields().for_each([&](const auto& f) { (count += is_said(f) ? 1 : 0); });
  out.pack_map(count);
  auto one = [&](auto f) {
    if (!is_said(f)) return;
    out.pack_str(static_cast<std::uint32_t>(f.name.size()));
    out.pack_str_body(f.name.data(), static_cast<std::uint32_t>(f.name.size()));
    study::wire::put(out, x.*f.member);
  };
  T::fields().for_each(one);
}

constexpr std::size_t most_name = 255;
constexpr std::uint32_t most_slots = 65'536;

/// Names come into logs: they have no control characters.
bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= most_name &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// What is missing or senseless in it; nothing when it is a message.
template <class T>
std::string_view wrong(const T& x) {
  if constexpr (requires { x.trial; })
    if (x.trial < 1) return "its trial";
  if constexpr (requires { x.attempt; })
    if (x.attempt < 1) return "its attempt";
  if constexpr (std::same_as<T, Batch> || std::same_as<T, Acknowledged> ||
                std::same_as<T, Judged> || std::same_as<T, BatchRefused>)
    if (x.number < 1) return "its number";
  if constexpr (std::same_as<T, Batch>)
    if (x.measurements.empty()) return "its measurements";
  if constexpr (requires { x.study; })
    if (x.study.empty()) return "its study";
  if constexpr (requires { x.directory; })
    if (x.directory != study::checkpoint_directory(x.trial, x.attempt)) return "its directory";
  if constexpr (std::same_as<T, Hello>) {
    const auto& w = x.worker;
    if (!is_name(w.name)) return "the worker's name";
    if (!is_name(w.incarnation)) return "the worker's incarnation";
    if (w.slots < 1 || w.slots > most_slots) return "the worker's slots";
    if (!std::all_of(w.resources.begin(), w.resources.end(), is_name))
      return "the worker's resources";
    if (x.session < 1) return "its session";
    for (const auto& attempt : x.running)
      if (auto what = wrong(attempt); !what.empty()) return "an attempt in it";
  }
  if constexpr (std::same_as<T, Welcome>) {
    if (x.epoch < 1) return "its epoch";
    if (x.lease_ms < 0) return "its lease";
  }
  return {};
}

/// The member of this name in a map of which nothing else is known.
template <class T>
std::optional<T> member(study::wire::In in, std::string_view name) {
  study::wire::In::Item item;
  if (!in.next(study::wire::In::Type::map, item)) return {};
  for (auto left = item.bits; left > 0; --left) {
    if (!in.next(study::wire::In::Type::text, item)) return {};
    if (item.text == name) {
      T value{};
      return study::wire::get(in, value) ? std::optional(value) : std::nullopt;
    }
    if (!in.skip()) return {};
  }
  return {};
}

/// Both ends read it, so that it says who is who.
Error other_protocol(std::string_view who, std::uint32_t theirs, const std::string& version) {
  return {Errc::version,
          "the " + std::string(who) + " speaks protocol " + std::to_string(theirs) +
              (version.empty() ? "" : " (Sherpa " + base::quote(version.substr(0, 64)) + ")") +
              ", the " + (who == "worker" ? "coordinator" : "worker") + " protocol " +
              std::to_string(protocol_version) + " (Sherpa " + base::quote(sherpa::version()) +
              "); install the same Sherpa on both"};
}

Error no_message(std::string_view name, std::string_view why) {
  return {Errc::damaged, std::string(name) + ": " + std::string(why)};
}

template <std::size_t kind>
Result<Message> read(study::wire::In in) {
  using T = std::variant_alternative_t<kind, Message>;
  constexpr auto name = message_names[kind];
  T x;
  [[maybe_unused]] std::optional<std::uint32_t> protocol;
  if constexpr (Versioned<T>) {
    protocol = member<std::uint32_t>(in, protocol_field);
    if (!protocol || *protocol < 1) return no_message(name, "its protocol is missing or cannot be");
    // A refusal is read whatever the protocol: that may be what it is about.
    if (!std::same_as<T, Refused> && *protocol != protocol_version)
      return other_protocol(std::same_as<T, Hello> ? "worker" : "coordinator", *protocol,
                            member<std::string>(in, "version").value_or(""));
  }
  if (!study::wire::get(in, x) || !in.at_end())
    return no_message(name, "its content is no such message");
  if constexpr (Versioned<T>)
    if (x.protocol != *protocol) return no_message(name, "it names two protocols");
  if (auto what = wrong(x); !what.empty())
    return no_message(name, std::string(what) + " is missing or cannot be");
  return Message(std::move(x));
}

template <std::size_t... I>
Result<Message> read(std::size_t kind, study::wire::In in, std::index_sequence<I...>) {
  std::optional<Result<Message>> message;
  ((kind == I ? void(message.emplace(read<I>(in))) : void()), ...);
  return *std::move(message);
}

/// Reads up to the map of fields.
std::optional<std::size_t> take_kind(study::wire::In& in) {
  study::wire::In::Item item;
  std::uint32_t kind = 0;
  if (!in.next(study::wire::In::Type::array, item) || item.bits != 2 ||
      !study::wire::get(in, kind) || kind >= std::variant_size_v<Message>)
    return {};
  return kind;
}

}  // namespace

bool can_wait(const Message& message) {
  return std::holds_alternative<Start>(message) || std::holds_alternative<Batch>(message) ||
         std::holds_alternative<Publish>(message) || std::holds_alternative<EndOfAttempt>(message);
}

std::string encode(const Message& message) {
  std::string bytes;
  study::wire::Sink sink{bytes};
  study::wire::Packer out(sink);
  out.pack_array(2);
  out.pack(static_cast<std::uint32_t>(message.index()));
  std::visit([&](const auto& x) { put_message(out, x); }, message);
  return bytes;
}

std::optional<std::size_t> kind_of(std::string_view bytes) {
  study::wire::In in(bytes);
  return take_kind(in);
}

Result<Message> decode(std::string_view bytes) {
  study::wire::In in(bytes);
  auto kind = take_kind(in);
  if (!kind) return Error{Errc::damaged, "what was received is no message of the protocol"};
  return read(*kind, in, std::make_index_sequence<std::variant_size_v<Message>>());
}

}  // namespace sherpa::link
