#pragma once

#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace sherpa::base {

/// `'name'`, with line breaks and other control characters escaped, so that an error stays one
/// line.
std::string quote(std::string_view name);

/// The known name closest to a misspelt one, or "" when none is close.
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known);

/// `; did you mean 'lr'?`, or "" when nothing is close.
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& known);

/// `a, b and c`
std::string enumerate(const std::vector<std::string>& items);

template <class T>
std::string to_text(const T& x) {
  std::ostringstream out;
  out << x;
  return out.str();
}

}  // namespace sherpa::base
