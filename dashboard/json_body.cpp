#include "dashboard/json_body.hpp"

#include "dashboard/http.hpp"

#include <array>
#include <limits>
#include <set>
#include <vector>

namespace sherpa::dashboard {

namespace {

constexpr std::array<std::string_view, 3> bare_numbers{"NaN", "Infinity", "-Infinity"};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '+' ||
         c == '-';
}

/// The end of the text that begins at `at`, behind its quotation mark.
std::size_t end_of_text(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at)
    if (json[at] == '\\') ++at;
  return std::min(at + 1, json.size());
}

std::string one_line(const std::exception& e) {
  // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error …"
  std::string_view what = e.what();
  if (auto end = what.find("] "); what.starts_with("[json.") && end != std::string_view::npos) what.remove_prefix(end + 2);
  return shorten(std::string(what));
}

}  // namespace

std::string quote_bare_numbers(std::string_view text) {
  // Most bodies have none.
  if (text.find("NaN") == std::string_view::npos && text.find("Infinity") == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size() + 64);
  std::vector<bool> in_list;  // for each list or object that is open
  char before = 0;            // the last character that is no space
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    auto end = at + 1;
    bool bare = false;
    if (c == '"') {
      end = end_of_text(text, at);
    } else if (is_word(c)) {
      while (end < text.size() && is_word(text[end])) ++end;
      // Not as a name: before one stands the beginning of an object, or a comma in it.
      bool value = before == 0 || before == ':' || before == '[' || (before == ',' && !in_list.empty() && in_list.back());
      auto word = text.substr(at, end - at);
      bare = value && std::find(bare_numbers.begin(), bare_numbers.end(), word) != bare_numbers.end();
    } else if (c == '[' || c == '{') {
      in_list.push_back(c == '[');
    } else if ((c == ']' || c == '}') && !in_list.empty()) {
      in_list.pop_back();
    }
    if (bare) out += '"';
    out += text.substr(at, end - at);
    if (bare) out += '"';
    if (!is_space(c)) before = c;
    at = end;
  }
  return out;
}

Result<Json> parse_body(std::string_view text) {
  std::vector<std::set<std::string>> names;  // for each object that is open
  auto look = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if ((event == Event::object_start || event == Event::array_start) && depth >= deepest_body)
      study::json::refuse("the body is nested deeper than " + std::to_string(deepest_body) + " levels");
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end) names.pop_back();
    if (event == Event::key && !names.back().insert(parsed.get<std::string>()).second)
      study::json::refuse("the field " + study::quote(shorten(parsed.get<std::string>())) + " comes twice in one object");
    return true;
  };
  try {
    return Json::parse(quote_bare_numbers(text), look);
  } catch (const Json::parse_error& e) {
    return Error{Errc::invalid_argument, "the body is no JSON: " + one_line(e)};
  } catch (const Json::out_of_range& e) {
    return Error{Errc::invalid_argument, one_line(e) + "; a number above 1.8e308 is \"Infinity\" here"};
  } catch (const std::exception& e) {
    return Error{Errc::invalid_argument, one_line(e)};
  }
}

double read_number(const Json& in) {
  if (in.is_number()) return in.get<double>();
  if (in.is_string()) {
    const auto& text = in.get_ref<const std::string&>();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  }
  study::json::refuse("expected a number, \"NaN\", \"Infinity\" or \"-Infinity\", not " + shorten(in.dump(), 60));
}

}  // namespace sherpa::dashboard
