#pragma once

#include "core/study_file/yaml_schema.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// What is done to a text before yaml-cpp parses it.
namespace sherpa::study_file {

/// The text in UTF-8 without a byte order mark, with lines that end in \n. Refuses, by a Fault,
/// more than `most_bytes`, other encodings, control characters and very deep nesting.
std::string clean_text(std::string_view text, std::size_t most_bytes);

/// Replaces the two escapes that JSON writes for a character beyond 16 bits, \ud83d\ude00, which
/// yaml-cpp refuses, by one, \U0001f600. Leaves texts alone that are not JSON.
void join_surrogates(std::string& text);

}  // namespace sherpa::study_file
