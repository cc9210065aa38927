#include "runtime/cli/manual.hpp"

namespace sherpa::cli {

namespace {

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : between) + part;
  return out;
}

bool takes_files(const Described& command) {
  for (const auto& option : command.options)
    if (option.positional && (option.names.front() == "FILE" || option.names.front() == "DIR"))
      return true;
  return false;
}

std::vector<std::string> flags(const Described& command) {
  std::vector<std::string> out;
  for (const auto& option : command.options)
    if (!option.positional) out.insert(out.end(), option.names.begin(), option.names.end());
  return out;
}

std::vector<std::string> names_of(const std::vector<Described>& commands) {
  std::vector<std::string> out;
  for (const auto& command : commands) out.push_back(command.name);
  return out;
}

/// Quotes for a shell, in single quotes.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// Escapes a command's text for _arguments or _describe of zsh, to which some characters are
/// special.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':') out += '\\';
    out += c;
  }
  return out;
}

/// `"sherpa run" | "sherpa trial"`: the words that lead to a command, except the program itself.
std::string below(const Described& program, const std::string& between) {
  std::vector<std::string> all;
  for_each_command(program, [&](const std::string& words, const Described&) {
    if (words != program.name) all.push_back(quoted(words));
  });
  return joined(all, between);
}

}  // namespace

std::string bash_completion(const Described& program) {
  std::string out =
      "# bash completion for sherpa; written by the command itself\n_sherpa() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} at=sherpa i words= "
      "files=\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    case \"$at ${COMP_WORDS[i]}\" in\n      " +
      below(program, " | ") +
      ") at=\"$at ${COMP_WORDS[i]}\" ;;\n    esac\n  done\n  case \"$at $before\" in\n";
  for_each_command(program, [&](const std::string& words, const Described& command) {
    for (const auto& option : command.options)
      if (!option.positional && !option.choices.empty())
        out += "    " + quoted(words + " " + option.names.back()) +
               ") words=" + quoted(joined(option.choices, " ")) + " ;;\n";
  });
  out += "    *)\n      case \"$at\" in\n";
  for_each_command(program, [&](const std::string& words, const Described& command) {
    auto offered = names_of(command.commands);
    for (const auto& flag : flags(command)) offered.push_back(flag);
    out += "        " + quoted(words) + ") words=" + quoted(joined(offered, " ")) +
           (takes_files(command) ? " files=yes" : "") + " ;;\n";
  });
  out +=
      "      esac ;;\n  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
      "  if [[ -n $files && $cur != -* ]]; then\n"
      "    compopt -o filenames 2>/dev/null\n"
      "    COMPREPLY=($(compgen -f -- \"$cur\"))\n"
      "  fi\n"
      "}\ncomplete -F _sherpa sherpa\n";
  return out;
}

std::string zsh_completion(const Described& program) {
  std::string out =
      "#compdef sherpa\n# written by the command itself\n"
      "local at=sherpa i\nlocal -a commands\n"
      "for ((i = 2; i < CURRENT; ++i)); do\n"
      "  case \"$at ${words[i]}\" in\n    (" +
      below(program, "|") + ") at=\"$at ${words[i]}\" ;;\n  esac\ndone\ncase \"$at\" in\n";
  for_each_command(program, [&](const std::string& words, const Described& command) {
    out += "  (" + quoted(words) + ")\n";
    if (!command.commands.empty()) {
      out += "    commands=(\n";
      for (const auto& one : command.commands)
        out += "      " + quoted(zsh_text(one.name) + ":" + one.about) + "\n";
      out += "    )\n    _describe command commands\n";
    }
    out += "    _arguments";
    for (const auto& option : command.options) {
      if (option.positional) continue;
      std::string value;
      if (!option.value.empty())
        value = ":" + zsh_text(option.value) + ":" +
                (option.choices.empty() ? "" : "(" + joined(option.choices, " ") + ")");
      for (const auto& name : option.names)
        out += " \\\n      " + quoted((option.repeated ? "*" : "") + name + "[" +
                                      zsh_text(option.about) + "]" + value);
    }
    if (takes_files(command)) out += " \\\n      '*:file:_files'";
    out += "\n    ;;\n";
  });
  return out + "esac\n";
}

std::string fish_completion(const Described& program) {
  std::string out =
      "# fish completion for sherpa; written by the command itself\n"
      "function __sherpa_at\n  set -l at sherpa\n"
      "  for word in (commandline -opc)[2..-1]\n    switch \"$at $word\"\n      case " +
      below(program, " ") +
      "\n        set at \"$at $word\"\n    end\n  end\n"
      "  test \"$at\" = \"$argv\"\nend\ncomplete -c sherpa -f\n";
  for_each_command(program, [&](const std::string& words, const Described& command) {
    const std::string here = "complete -c sherpa -n " + quoted("__sherpa_at " + words);
    for (const auto& one : command.commands)
      out += here + " -a " + quoted(one.name) + " -d " + quoted(one.about) + "\n";
    for (const auto& option : command.options) {
      if (option.positional) continue;
      out += here;
      for (const auto& name : option.names)
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.value.empty())
        out += option.choices.empty() ? " -r" : " -x -a " + quoted(joined(option.choices, " "));
      out += " -d " + quoted(option.about) + "\n";
    }
    if (takes_files(command)) out += here + " -F\n";
  });
  return out;
}

}  // namespace sherpa::cli
