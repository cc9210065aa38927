#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Bytes as text, and text that others wrote.
namespace sherpa::base {

/// Lower case, two digits a byte.
std::string hexadecimal(std::string_view bytes);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

/// The length of the UTF-8 sequence at the beginning of the text; 0 when it is not one (RFC 3629:
/// no overlong forms, no surrogates, nothing past U+10FFFF).
std::size_t utf8_sequence(std::string_view text);

/// The text as UTF-8 on one line: control characters become blanks, invalid bytes U+FFFD.
std::string printable(std::string_view text);

}  // namespace sherpa::base
