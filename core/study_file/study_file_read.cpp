#include "core/base/duration.hpp"
#include "core/space/search_space.hpp"
#include "core/space/specification.hpp"
#include "core/study_file/study_file_keys.hpp"
#include "core/study_file/yaml.hpp"

#include <sherpa/version.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sherpa::study_file {

using space::json::Json;
using std::chrono::milliseconds;

namespace {

/// An entry of the file, and the least value that its table allows.
struct Given {
  const YamlDocument& document;
  const Json& json;
  std::int64_t least = 0;

  Given within(const Json& inner, std::int64_t inner_least = 0) const {
    return {document, inner, inner_least};
  }
};

[[noreturn]] void refuse(const Given& in, const std::string& what) {
  throw Exception(in.document.error(in.json, what));
}

[[noreturn]] void expected(const Given& in, const std::string& wanted,
                           const std::string& remedy = "") {
  std::string is = in.json.is_null()     ? "null"
                   : in.json.is_object() ? "a map"
                   : in.json.is_array()  ? "a list"
                                         : in.json.dump();
  if (in.json.is_string()) {
    is = base::quote(in.json.get<std::string>());
  } else if (auto* source = in.document.source_of(in.json); source && !source->empty()) {
    is = *source;
  }
  refuse(in, "expected " + wanted + ", not " + is + remedy);
}

void refuse_unknown(const Given& in, const std::vector<std::string_view>& known) {
  for (const auto& [key, value] : in.json.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    auto near = base::did_you_mean(key, known);
    if (near.empty()) near = "; known are " + base::enumerate({known.begin(), known.end()});
    throw Exception(in.document.error(value, in.document.path_of(in.json),
                                      "unknown field " + base::quote(key) + near));
  }
}

void read_key(const Given& in, bool& x) {
  if (!in.json.is_boolean()) expected(in, "true or false");
  x = in.json.get<bool>();
}

template <std::integral T>
void read_key(const Given& in, T& x) {
  auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
  bool fits = in.json.is_number_unsigned() && in.json.get<std::uint64_t>() <= most &&
              in.json.get<std::uint64_t>() >= static_cast<std::uint64_t>(in.least);
  if (!fits)
    expected(in, "a whole number from " + std::to_string(in.least) + " to " + std::to_string(most));
  x = in.json.get<T>();
}

void read_key(const Given& in, std::string& text) {
  if (in.json.is_number() || in.json.is_boolean()) expected(in, "a text", "; quote it");
  if (!in.json.is_string()) expected(in, "a text");
  text = in.json.get<std::string>();
  if (text.find('\0') != std::string::npos) refuse(in, "a NUL character cannot be passed on");
  if (text.size() < static_cast<std::size_t>(in.least))
    refuse(in, "it is empty; give it a text or leave it out");
}

/// An argument or a variable: numbers and truth values as they were written.
void read_word(const Given& in, std::string& text) {
  if (auto* source = in.document.source_of(in.json); source && !in.json.is_null()) {
    text = *source;
  } else if (in.json.is_object() && in.json.size() == 1 && in.json.front().is_null()) {
    expected(in, "a text", "; quote a placeholder: \"{" + in.json.begin().key() + "}\"");
  } else {
    read_key(in, text);
  }
}

void read_key(const Given& in, std::filesystem::path& path) {
  std::string text;
  read_key(in, text);
  path = text;
}

template <base::Enumerated E>
void read_key(const Given& in, E& e) {
  std::vector<std::string_view> known(base::Enumerators<E>::names.begin(),
                                      base::Enumerators<E>::names.end());
  auto wanted = "one of " + base::enumerate({known.begin(), known.end()});
  if (!in.json.is_string()) expected(in, wanted);
  auto name = in.json.get<std::string>();
  auto found = base::enumerator<E>(name);
  if (!found)
    refuse(in,
           "expected " + wanted + ", not " + base::quote(name) + base::did_you_mean(name, known));
  e = *found;
}

void read_key(const Given& in, milliseconds& duration) {
  auto read = [&]() -> Result<milliseconds> {
    if (in.json.is_number()) return base::duration_of(in.json.get<double>());
    if (in.json.is_string()) return base::parse_duration(in.json.get<std::string>());
    expected(in, "a duration such as 90s, 2h or 500ms, or a number of seconds");
  };
  auto found = read();
  if (!found) refuse(in, found.error().message);
  if (*found < milliseconds(in.least)) refuse(in, "it must be longer than 0");
  duration = *found;
}

template <class T>
void read_key(const Given& in, std::optional<T>& x) {
  if (in.json.is_null()) {
    x.reset();
  } else {
    read_key(in, x.emplace());
  }
}

/// Units: different from each other, or one would be lent twice.
void read_key(const Given& in, std::vector<std::string>& units) {
  if (!in.json.is_array()) expected(in, "a list of texts");
  units.clear();
  for (const auto& item : in.json) {
    read_key(in.within(item, 1), units.emplace_back());
    if (std::count(units.begin(), units.end(), units.back()) > 1)
      refuse(in.within(item),
             base::quote(units.back()) + " is given twice; each is lent to one trial at a time");
  }
}

void read_key(const Given& in, std::variant<std::vector<std::string>, std::string>& command) {
  if (!in.json.is_array()) {
    if (!in.json.is_string()) expected(in, "a list of arguments, or a line for /bin/sh");
    read_key(in, command.emplace<std::string>());
    return;
  }
  auto& arguments = command.emplace<std::vector<std::string>>();
  for (const auto& item : in.json) read_word(in.within(item), arguments.emplace_back());
  if (arguments.empty() || arguments[0].empty()) refuse(in, "it names no program; put one first");
}

void read_key(const Given& in, std::map<std::string, std::string>& variables) {
  if (!in.json.is_object()) expected(in, "a map of variables and their values");
  variables.clear();
  for (const auto& [name, value] : in.json.items()) {
    if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos)
      refuse(in.within(value), base::quote(name) + " cannot be the name of a variable");
    read_word(in.within(value), variables[name]);
  }
}

void read_key(const Given& in, study::Needs& needs) {
  if (!in.json.is_object()) expected(in, "a map such as {slots: 1, gpu: 0.5}");
  needs = {};
  for (const auto& [kind, amount] : in.json.items()) {
    auto at = in.within(amount, kind == "slots" ? 1 : 0);
    if (kind == "slots") {
      read_key(at, needs.slots);
      continue;
    }
    double x = amount.is_number() ? amount.get<double>() : -1;
    if (kind.empty() || kind.find('\0') != std::string::npos) refuse(at, "a resource needs a name");
    if (!(x > 0 && x <= 1e6) || (x > 1 && x != std::floor(x)))
      expected(at, "a share between 0 and 1, or a whole number of units");
    needs.resources[kind] = x;
  }
}

Parameter read_parameter(const Given& in) {
  if (!in.json.is_object()) expected(in, "a map with name, type and range");
  const std::vector<std::string_view> known{"name", "type", "range", "scale"};
  refuse_unknown(in, known);
  try {
    return space::json::read_parameter(in.json);
  } catch (const space::json::Refusal& e) {
    refuse(in.within(e.at() ? *e.at() : in.json), e.what());
  } catch (const Exception& e) {
    refuse(in, e.what());
  }
}

void read_key(const Given& in, std::vector<Parameter>& parameters) {
  if (!in.json.is_array()) expected(in, "a list of parameters");
  std::map<std::string, int> lines;
  for (const auto& item : in.json) {
    parameters.push_back(read_parameter(in.within(item)));
    const auto& name = parameters.back().name();
    auto [first, fresh] = lines.emplace(name, in.document.line_of(item));
    if (!fresh)
      refuse(in.within(item), "there is a parameter " + base::quote(name) + " in line " +
                                  std::to_string(first->second) +
                                  " already; give each a name of its own");
  }
  // Reversed ranges are put in order, with one line in the log: here, not again when the study
  // opens.
  auto space = space::SearchSpace::make(std::move(parameters));
  if (!space) refuse(in, space.error().message);
  parameters = space->parameters();
}

void refuse_own(const Given& in, std::string_view what) {
  if (in.json.is_object()) {
    if (auto name = in.json.find("name"); name != in.json.end() && *name == "own")
      refuse(in, "your own " + std::string(what) + " is code: run the study from C++");
    for (auto key : {"algorithm", "algorithms"})
      if (auto inner = in.json.find(key); inner != in.json.end())
        refuse_own(in.within(*inner), what);
  } else if (in.json.is_array()) {
    for (const auto& item : in.json) refuse_own(in.within(item), what);
  }
}

template <class Specification, class Read>
Specification read_specification(const Given& in, std::string_view what, Read read) {
  refuse_own(in, what);
  try {
    Specification specification = read(in.json);
    space::check(specification).or_throw();
    return specification;
  } catch (const Exception& e) {
    auto* refusal = dynamic_cast<const space::json::Refusal*>(&e);
    throw Exception(in.document.error(refusal && refusal->at() ? *refusal->at() : in.json,
                                      in.document.path_of(in.json), e.what()));
  }
}

void read_key(const Given& in, std::optional<AlgorithmSpecification>& algorithm) {
  algorithm =
      read_specification<AlgorithmSpecification>(in, "algorithm", space::json::read_algorithm);
}

void read_key(const Given& in, std::optional<StoppingRuleSpecification>& rule) {
  rule.reset();
  if (!in.json.is_null())
    rule = read_specification<StoppingRuleSpecification>(in, "stopping rule",
                                                         space::json::read_stopping_rule);
}

/// A key with the place of its value, whose type is known to `read` alone: so that reading a table
/// is not compiled once more for each of them.
struct ValueToRead {
  KeyInfo key;
  void* value;
  void (*read)(const Given& in, void* value);
};

void read_values(const Given& in, const std::vector<ValueToRead>& values) {
  std::vector<std::string_view> known;
  for (const auto& one : values) known.push_back(one.key.name);
  if (!in.json.is_object())
    expected(in, "a map with " + base::enumerate({known.begin(), known.end()}));
  refuse_unknown(in, known);
  for (const auto& [key, value, read] : values) {
    auto at = in.json.find(std::string(key.name));
    if (at != in.json.end()) {
      read(in.within(*at, key.least), value);
    } else if (key.otherwise == Default::none) {
      refuse(in, "the field " + base::quote(key.name) + " is missing; add it (" +
                     std::string(key.about.substr(0, key.about.size() - 1)) + ")");
    }
  }
}

template <class T>
void read_value(const Given& in, void* value) {
  read_key(in, *static_cast<T*>(value));
}

template <Tabled T>
void read_key(const Given& in, T& x) {
  std::vector<ValueToRead> values;
  keys_of(std::type_identity<T>()).for_each([&]<class M>(const Key<T, M>& k) {
    values.push_back({k, &(x.*k.member), &read_value<M>});
  });
  read_values(in, values);
}

void check_version(const Given& in) {
  if (!in.json.is_object()) expected(in, "a map that begins with 'sherpa: 1'");
  auto version = in.json.find("sherpa");
  if (version == in.json.end())
    refuse(in, "the field 'sherpa' is missing; begin the file with 'sherpa: 1'");
  if (!version->is_number_unsigned() || *version == 0u)
    expected(in.within(*version), "the version of the format, which is 1");
  if (version->get<std::uint64_t>() > study_file_version) {
    auto what = "the file is of format " + version->dump() + ", and Sherpa " +
                std::string(sherpa::version()) + " reads format " +
                std::to_string(study_file_version) + "; use a newer Sherpa";
    throw Exception({Errc::version, in.document.error(*version, what).message});
  }
}

}  // namespace

StudyFileKeys read_keys(const YamlDocument& document) {
  Given all{document, document.root()};
  check_version(all);
  StudyFileKeys keys;
  read_key(all, keys);
  return keys;
}

}  // namespace sherpa::study_file
