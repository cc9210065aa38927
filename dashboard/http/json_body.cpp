#include "dashboard/http/json_body.hpp"

#include "core/base/text.hpp"
#include "dashboard/http/http.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace sherpa::dashboard {

namespace {

constexpr std::array<std::string_view, 3> bare_numbers{"NaN", "Infinity", "-Infinity"};

[[noreturn]] void refuse(std::string what) {
  throw Exception({Errc::invalid_argument, std::move(what)});
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '.' || c == '+' || c == '-';
}

/// The end of the text that begins at `at`, behind its quotation mark.
std::size_t end_of_text(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at)
    if (json[at] == '\\') ++at;
  return std::min(at + 1, json.size());
}

/// Checks a body, and throws what is wrong with it. (The library could do so while it builds
/// the body, in quadratic time.)
class Strict final : public nlohmann::json_sax<Body> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (!names_.back().insert(name).second)
      refuse("the field " + base::quote(shorten(name)) + " comes twice in one object");
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Body::exception& e) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error …"
    std::string_view what = e.what();
    if (auto end = what.find("] "); end != std::string_view::npos) what.remove_prefix(end + 2);
    auto line = shorten(std::string(what));
    constexpr int number_overflow = 406;
    if (e.id == number_overflow) refuse(line + "; a number above 1.8e308 is \"Infinity\" here");
    refuse("the body is not valid JSON: " + line);
  }

 private:
  bool enter() {
    if (names_.size() >= deepest_body)
      refuse("the body is nested deeper than " + std::to_string(deepest_body) + " levels");
    names_.emplace_back();
    return true;
  }
  bool leave() {
    names_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> names_;  // for each list or object that is open
};

}  // namespace

std::string quote_bare_numbers(std::string_view text) {
  // Most bodies have none.
  if (text.find("NaN") == std::string_view::npos && text.find("Infinity") == std::string_view::npos)
    return std::string(text);
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
      bool value = before == 0 || before == ':' || before == '[' ||
                   (before == ',' && !in_list.empty() && in_list.back());
      auto word = text.substr(at, end - at);
      bare =
          value && std::find(bare_numbers.begin(), bare_numbers.end(), word) != bare_numbers.end();
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

Result<Body> parse_body(std::string_view text) {
  auto quoted = quote_bare_numbers(text);
  try {
    Strict strict;
    Body::sax_parse(quoted, &strict);
    return Body::parse(quoted);
  } catch (const Exception& e) {
    return Error{e.code(), e.what()};
  }
}

double read_number(const Body& in) {
  if (in.is_number()) return in.get<double>();
  if (in.is_string()) {
    const auto& text = in.get_ref<const std::string&>();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  }
  refuse("expected a number, \"NaN\", \"Infinity\" or \"-Infinity\", not " +
         shorten(in.dump(), 60));
}

}  // namespace sherpa::dashboard
