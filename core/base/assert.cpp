#include "core/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace sherpa::base {

void assertion_failed(std::string_view condition, std::string_view names, const std::string& values,
                      const char* file, int line) {
  std::string text(condition);
  if (!names.empty()) text += " with (" + std::string(names) + ") = (" + values + ')';
  std::fprintf(stderr, "%s:%d: must hold: %s\n", file, line, text.c_str());
  std::abort();
}

}  // namespace sherpa::base
