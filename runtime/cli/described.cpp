#include "runtime/cli/described.hpp"

#include <sstream>

namespace sherpa::cli {

namespace {

Described::Option describe(const CLI::Option& option) {
  Described::Option out;
  out.positional = option.get_positional();
  out.required = option.get_required();
  out.repeated = option.get_items_expected_max() > 1;
  out.about = option.get_description();
  if (out.positional) {
    out.names.push_back(option.get_name(true));
  } else {
    for (const auto& name : option.get_snames()) out.names.push_back("-" + name);
    for (const auto& name : option.get_lnames()) out.names.push_back("--" + name);
  }
  if (option.get_type_size() == 0) return out;  // a flag
  out.value = option.get_type_name();
  if (auto choices = out.value.find(":{"); choices != std::string::npos) {
    std::istringstream in(out.value.substr(choices + 2, out.value.size() - choices - 3));
    for (std::string choice; std::getline(in, choice, ',');) out.choices.push_back(choice);
    out.value.resize(choices);
  }
  return out;
}

void visit_below(const Described& command, const std::string& before,
                 const std::function<void(const std::string&, const Described&)>& visit) {
  const auto words = before.empty() ? command.name : before + " " + command.name;
  visit(words, command);
  for (const auto& below : command.commands) visit_below(below, words, visit);
}

}  // namespace

Described described(const CLI::App& app) {
  Described out{.name = app.get_name(),
                .about = app.get_description(),
                .footer = app.get_footer(),
                .options = {},
                .commands = {}};
  for (const auto* option : app.get_options())
    if (!option->get_group().empty()) out.options.push_back(describe(*option));
  for (const auto* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (below->get_name().empty()) {  // options that belong together
      for (const auto* option : below->get_options())
        if (option != below->get_help_ptr()) out.options.push_back(describe(*option));
    } else if (!below->get_group().empty()) {
      out.commands.push_back(described(*below));
    }
  }
  return out;
}

void for_each_command(
    const Described& command,
    const std::function<void(const std::string& words, const Described& command)>& visit) {
  visit_below(command, "", visit);
}

}  // namespace sherpa::cli
