#include "core/base/duration.hpp"

#include "core/base/text.hpp"

#include <sherpa/value.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace sherpa::base {

using std::chrono::milliseconds;

namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array<Unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

Result<milliseconds> checked(double ms, const std::string& shown) {
  constexpr double century = 36525.0 * 86'400'000;
  if (!(ms >= 0 && ms <= century))
    return Error{Errc::invalid_argument,
                 "the duration " + shown + " must lie between 0 and a century"};
  auto rounded = std::llround(ms);
  if (rounded == 0 && ms > 0)
    return Error{Errc::invalid_argument,
                 "the duration " + shown + " is shorter than a millisecond"};
  return milliseconds(rounded);
}

}  // namespace

std::string show_duration(milliseconds duration) {
  if (duration.count() == 0) return "0s";
  for (const auto& unit : units)
    if (duration.count() % unit.ms == 0)
      return std::to_string(duration.count() / unit.ms) + std::string(unit.name);
  return {};
}

Result<milliseconds> duration_of(double seconds) { return checked(seconds * 1000, show(seconds)); }

Result<milliseconds> parse_duration(std::string_view text) {
  auto refuse = [&] {
    return Error{
        Errc::invalid_argument,
        quote(text) + " is no duration; write it as 90s, 2h or 500ms (units: ms, s, m, h and d)"};
  };
  double ms = 0;
  auto rest = text;
  if (rest.empty()) return refuse();
  while (!rest.empty()) {
    auto number = rest.substr(0, rest.find_first_not_of("0123456789."));
    double amount = 0;
    auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), amount);
    if (error != std::errc() || end != number.data() + number.size()) return refuse();
    rest.remove_prefix(number.size());
    auto name = rest.substr(0, rest.find_first_of("0123456789."));
    auto unit =
        std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == name; });
    if (unit == units.end()) return refuse();
    ms += amount * static_cast<double>(unit->ms);
    rest.remove_prefix(name.size());
  }
  return checked(ms, quote(text));
}

}  // namespace sherpa::base
