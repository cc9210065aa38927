#pragma once

#include "core/base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sherpa::dashboard {

/// What was sent. Its objects are looked up in logarithmic time; those that keep their order take
/// quadratic time for many fields.
using Body = nlohmann::json;

constexpr std::size_t deepest_body = 32;  ///< lists and objects within one another

/// A request's body. Strict JSON, except that NaN, Infinity and -Infinity may stand for numbers, as
/// Python writes them: they come out as texts. Refuses what is deeper than `deepest_body`, and a
/// field that comes twice; the error is one line.
Result<Body> parse_body(std::string_view text);

/// The text with bare NaN, Infinity and -Infinity put in quotes wherever a value may stand; texts
/// and names stay as they are.
std::string quote_bare_numbers(std::string_view text);

/// A number as JSON lacks it: also the texts "NaN", "Infinity" and "-Infinity". Throws
/// Exception(invalid_argument).
double read_number(const Body& in);

}  // namespace sherpa::dashboard
