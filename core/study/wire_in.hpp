#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sherpa::study::wire {

constexpr std::size_t max_items = 1u << 20;
constexpr std::size_t max_text = 64u << 20;

/// What is left to read of some msgpack. Each step stays inside the bytes, and nothing is
/// allocated: a store of millions of facts is read at every start.
class In {
 public:
  enum class Type : std::uint8_t { nil, boolean, integer, real, text, array, map, other };
  /// A value that stands alone, or the head of an array or a map.
  struct Item {
    Type type = Type::nil;
    bool negative = false;  ///< an integer: `bits` is an int64_t
    /// Of a boolean, an integer or a real; the items of an array, the pairs of a map.
    std::uint64_t bits = 0;
    std::string_view text{};
  };

  explicit In(std::string_view bytes) : left_(bytes) {}
  bool at_end() const { return left_.empty(); }

  bool next(Item& item) {
    if (left_.empty()) return false;
    auto lead = static_cast<unsigned char>(left_.front());
    left_.remove_prefix(1);
    if (lead < 0x80) return integer(item, lead, false);
    if (lead < 0x90) return items(item, Type::map, lead & 0x0f);
    if (lead < 0xa0) return items(item, Type::array, lead & 0x0f);
    if (lead < 0xc0) return text(item, Type::text, lead & 0x1f);
    if (lead >= 0xe0)
      return integer(item, static_cast<std::uint64_t>(static_cast<std::int8_t>(lead)), true);
    std::uint64_t n = 0;
    switch (lead) {
      case 0xc0: return fixed(item, Type::nil, 0);
      case 0xc2:
      case 0xc3: return fixed(item, Type::boolean, lead & 1);
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return number(std::size_t{1} << (lead - 0xc4), n) && text(item, Type::other, n);  // binary
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return number(std::size_t{1} << (lead - 0xc7), n) &&
               text(item, Type::other, n + 1);       // an extension and its type
      case 0xca: return text(item, Type::other, 4);  // a float: never written
      case 0xcb: return number(8, n) && fixed(item, Type::real, n);
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf: return number(std::size_t{1} << (lead - 0xcc), n) && integer(item, n, false);
      case 0xd0: return number(1, n) && signed_integer(item, static_cast<std::int8_t>(n));
      case 0xd1: return number(2, n) && signed_integer(item, static_cast<std::int16_t>(n));
      case 0xd2: return number(4, n) && signed_integer(item, static_cast<std::int32_t>(n));
      case 0xd3: return number(8, n) && signed_integer(item, static_cast<std::int64_t>(n));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8: return text(item, Type::other, (std::uint64_t{1} << (lead - 0xd4)) + 1);
      case 0xd9:
      case 0xda:
      case 0xdb: return number(std::size_t{1} << (lead - 0xd9), n) && text(item, Type::text, n);
      case 0xdc:
      case 0xdd: return number(std::size_t{2} << (lead - 0xdc), n) && items(item, Type::array, n);
      case 0xde:
      case 0xdf: return number(std::size_t{2} << (lead - 0xde), n) && items(item, Type::map, n);
      default: return false;
    }
  }
  bool next(Type type, Item& item) { return next(item) && item.type == type; }

  /// Takes a nil, if one comes next.
  bool take_nil() {
    if (left_.empty() || left_.front() != '\xc0') return false;
    left_.remove_prefix(1);
    return true;
  }

  /// Passes over one value with all that is in it.
  bool skip() {
    Item item;
    for (std::uint64_t open = 1; open > 0; --open) {
      if (!next(item)) return false;
      if (item.type == Type::array) open += item.bits;
      if (item.type == Type::map) open += 2 * item.bits;
      if (open > left_.size() + 1) return false;  // each takes a byte at least
    }
    return true;
  }

  std::size_t depth = 0;  ///< of the lists that are being read

 private:
  static bool fixed(Item& item, Type type, std::uint64_t bits) {
    item.type = type;
    item.bits = bits;
    return true;
  }
  static bool integer(Item& item, std::uint64_t bits, bool negative) {
    item.negative = negative;
    return fixed(item, Type::integer, bits);
  }
  static bool signed_integer(Item& item, std::int64_t i) {
    return integer(item, static_cast<std::uint64_t>(i), i < 0);
  }
  bool items(Item& item, Type type, std::uint64_t n) {
    return n <= left_.size() && n <= max_items && fixed(item, type, n);
  }
  bool text(Item& item, Type type, std::uint64_t n) {
    if (n > left_.size() || n > max_text) return false;
    item.type = type;
    item.text = left_.substr(0, n);
    left_.remove_prefix(n);
    return true;
  }
  bool number(std::size_t size, std::uint64_t& n) {
    if (size > left_.size()) return false;
    for (std::size_t i = 0; i < size; ++i) n = n << 8 | static_cast<unsigned char>(left_[i]);
    left_.remove_prefix(size);
    return true;
  }

  std::string_view left_;
};

}  // namespace sherpa::study::wire
