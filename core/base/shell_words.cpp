#include "core/base/shell_words.hpp"

#include "core/base/text.hpp"

#include <utility>

namespace sherpa::base {

Result<std::vector<std::string>> split_words(std::string_view line) {
  constexpr std::string_view blanks = " \t\r\n", escapable = "\"\\$`";
  std::vector<std::string> words;
  std::string word;
  bool inside = false;  // also of an empty word, ''
  char quoted = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    if (quoted != 0 && c == quoted) {
      quoted = 0;
    } else if (c == '\\' && quoted != '\'' && next != '\0' &&
               (quoted == 0 || escapable.find(next) != escapable.npos)) {
      word += next;
      inside = true;
      ++i;
    } else if (quoted != 0) {
      word += c;
    } else if (c == '\'' || c == '"') {
      quoted = c;
      inside = true;
    } else if (blanks.find(c) != blanks.npos) {
      if (std::exchange(inside, false)) words.push_back(std::exchange(word, {}));
    } else {
      word += c;
      inside = true;
    }
  }
  if (quoted != 0)
    return Error{Errc::invalid_argument,
                 "a " + std::string(1, quoted) + " is not closed in " + quote(line)};
  if (inside) words.push_back(std::move(word));
  return words;
}

std::string shell_quote(std::string_view text) {
  constexpr std::string_view safe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!text.empty() && text.find_first_not_of(safe) == text.npos) return std::string(text);
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace sherpa::base
