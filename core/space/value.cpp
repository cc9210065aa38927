#include <sherpa/value.hpp>

#include "core/base/text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <ostream>

namespace sherpa {

int exit_code(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_argument: return 2;
    case Errc::locked:
    case Errc::version:
    case Errc::refused: return 3;
    case Errc::damaged:
    case Errc::store: return 4;
    default: return 1;
  }
}

Exception::Exception(const Error& error) : std::runtime_error(error.message), code_(error.code) {}
Exception::~Exception() = default;

std::string show(double x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  std::array<char, 32> text{};
  auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), x);
  std::string out(text.data(), end);
  // 64 would read back as an integer.
  if (out.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
  return out;
}

namespace {

std::string_view kind_name(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::boolean: return "a bool";
    case Value::Kind::integer: return "an integer";
    case Value::Kind::real: return "a real number";
    case Value::Kind::text: return "a text";
    case Value::Kind::list: return "a list";
  }
  return "nothing";
}

}  // namespace

void Value::refuse_large() {
  throw Exception({Errc::invalid_argument,
                   "an integer above 9223372036854775807 cannot be a parameter's value"});
}

void Value::refuse(std::string_view wanted) const {
  throw Exception({Errc::invalid_argument, base::quote(show()) + " is " +
                                               std::string(kind_name(kind())) + ", not " +
                                               std::string(wanted)});
}

bool Value::boolean() const {
  if (auto* b = std::get_if<bool>(&held_)) return *b;
  refuse("a bool");
}

std::int64_t Value::integer() const {
  if (auto* i = std::get_if<std::int64_t>(&held_)) return *i;
  if (auto* x = std::get_if<double>(&held_)) {
    // 2^53: beyond, a double may not be the integer it looks like
    constexpr double limit = 9007199254740992.0;
    if (std::abs(*x) <= limit && *x == std::trunc(*x)) return static_cast<std::int64_t>(*x);
  }
  refuse("an integer");
}

double Value::real() const {
  if (auto* x = std::get_if<double>(&held_)) return *x;
  if (auto* i = std::get_if<std::int64_t>(&held_)) return static_cast<double>(*i);
  refuse("a number");
}

const std::string& Value::text() const {
  if (auto* text = std::get_if<std::string>(&held_)) return *text;
  refuse("a text");
}

const Value::List& Value::list() const {
  if (auto* items = std::get_if<List>(&held_)) return *items;
  refuse("a list");
}

std::string Value::show() const {
  switch (kind()) {
    case Kind::boolean: return std::get<bool>(held_) ? "True" : "False";
    case Kind::integer: return std::to_string(std::get<std::int64_t>(held_));
    case Kind::real: return sherpa::show(std::get<double>(held_));
    case Kind::text: return std::get<std::string>(held_);
    case Kind::list: break;
  }
  std::string out = "[";
  for (const Value& item : std::get<List>(held_)) {
    if (out.size() > 1) out += ", ";
    out += item.kind() == Kind::text ? "'" + item.text() + "'" : item.show();
  }
  return out + "]";
}

bool operator==(const Value& a, const Value& b) { return a.held_ == b.held_; }

std::ostream& operator<<(std::ostream& out, const Value& value) { return out << value.show(); }

}  // namespace sherpa
