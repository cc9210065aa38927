#include "core/study_file/yaml_text.hpp"

#include "core/base/encoding.hpp"

#include <array>
#include <cstdio>

namespace sherpa::study_file {

using space::json::Json;

std::string clean_text(std::string_view text, std::size_t most_bytes) {
  if (text.size() > most_bytes) throw Fault{{}, "the file is larger than 16 MiB"};
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    throw Fault{{}, "the file is UTF-16; save it as UTF-8"};
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::string out;
  out.reserve(text.size() + 8);
  Spot at;
  std::ptrdiff_t unclosed = 0;
  for (std::size_t i = 0; i < text.size();) {
    auto length = base::utf8_sequence(text.substr(i));
    auto c = static_cast<unsigned char>(text[i]);
    if (length == 0) throw Fault{at, "this is not UTF-8; save the file as UTF-8"};
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
      throw Fault{at, "there is a control character; write it as an escape within double quotes"};
    // yaml-cpp keeps in memory what comes before it knows whether a bracket begins a key: far more
    // than the text.
    unclosed += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    if (unclosed > 10'000)
      throw Fault{at, "it is nested more than " + std::to_string(most_levels) + " levels deep"};
    ++at.column;
    if (c == '\r') {
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
      c = '\n';
    }
    if (c == '\n') {
      out += '\n';
      at = {at.line + 1, 1};
    } else {
      out.append(text, i, length);
    }
    i += length;
  }
  return out;
}

void join_surrogates(std::string& text) {
  auto first = text.find_first_not_of(" \n\t");
  if (first == std::string::npos || text[first] != '{' || text.find("\\u") == std::string::npos ||
      !Json::accept(text))
    return;
  auto unit = [&](std::size_t i) -> std::uint32_t {
    if (i + 6 > text.size() || text[i] != '\\' || text[i + 1] != 'u') return 0;
    return to_integer<std::uint32_t>(std::string_view(text).substr(i + 2, 4), 16).value_or(0);
  };
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      out += text[i++];
      continue;
    }
    auto high = unit(i), low = unit(i + 6);
    if (high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
      std::array<char, 16> escape{};
      std::snprintf(escape.data(), escape.size(), "\\U%08x",
                    0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
      out += escape.data();
      i += 12;
    } else {
      out.append(text, i, 2);
      i += 2;
    }
  }
  text = std::move(out);
}

}  // namespace sherpa::study_file
