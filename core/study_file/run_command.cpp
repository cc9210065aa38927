#include "core/study_file/run_command.hpp"

#include "core/base/shell_words.hpp"
#include "core/base/text.hpp"
#include "core/space/json.hpp"
#include "core/study_file/study_file.hpp"

namespace sherpa::study_file {

namespace {

Error bad(const std::string& what) { return {Errc::invalid_argument, what}; }

}  // namespace

Result<std::string> fill(std::string_view text,
                         const std::function<Result<std::string>(std::string_view)>& value_of) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c != '{' && c != '}') {
      out += c;
    } else if (i + 1 < text.size() && text[i + 1] == c) {
      out += c;
      ++i;
    } else if (auto end = text.find('}', i); c == '{' && end != std::string_view::npos) {
      auto value = value_of(text.substr(i + 1, end - i - 1));
      if (!value) return value.error();
      out += *value;
      i = end;
    } else {
      return bad(c == '{' ? "a '{' is not closed; write '{{' for a brace"
                          : "a '}' without '{'; write '}}' for a brace");
    }
  }
  return out;
}

Result<std::vector<std::string>> resolved_command(const RunSpec& run,
                                                  const Configuration& configuration) {
  auto* line = std::get_if<std::string>(&run.command);
  auto value_of = [&](std::string_view name) -> Result<std::string> {
    const Value* value = configuration.find(name);
    if (!value) {
      std::vector<std::string_view> known(configuration.names()->begin(),
                                          configuration.names()->end());
      return bad("run.command: the trial has no value for " + base::quote(name) +
                 base::did_you_mean(name, known));
    }
    auto text = value->show();
    if (text.find('\0') != std::string::npos)
      return bad("run.command: the value of " + base::quote(name) + " holds a NUL character");
    return line ? base::shell_quote(text) : text;
  };
  std::vector<std::string> out;
  if (line) {
    auto filled = fill(*line, value_of);
    if (!filled) return filled.error();
    return std::vector<std::string>{"/bin/sh", "-c", *std::move(filled)};
  }
  for (const auto& argument : std::get<std::vector<std::string>>(run.command)) {
    auto filled = fill(argument, value_of);
    if (!filled) return filled.error();
    out.push_back(*std::move(filled));
  }
  if (out.empty())
    return bad("run: there is no command" +
               (run.function ? ", but the function " + base::quote(*run.function) : ""));
  return out;
}

std::string command_to_json(const RunSpec& run) {
  space::json::Json out;
  if (run.function) {
    out["function"] = *run.function;
  } else {
    std::visit([&](const auto& command) { out = command; }, run.command);
  }
  return out.dump(-1, ' ', false, space::json::Json::error_handler_t::replace);
}

study::Limits limits_of(const RunSpec& run) {
  study::Limits limits;
  limits.max_concurrent = run.max_concurrent.value_or(0);
  limits.retry = run.retry;
  limits.give_up_after = run.give_up_after;
  limits.lease_ms = run.lease.count();
  limits.timeout_ms = run.timeout ? run.timeout->count() : 0;
  limits.needs = run.needs;
  return limits;
}

study::Limits limits_of(const StudyFile& file) {
  auto limits = limits_of(file.run);
  limits.time_budget_ms = file.time_budget ? file.time_budget->count() : 0;
  limits.time_budget_per_run = file.time_budget_per_run;
  return limits;
}

}  // namespace sherpa::study_file
