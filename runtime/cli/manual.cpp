#include "runtime/cli/manual.hpp"

#include "core/base/files.hpp"

#include <functional>

namespace sherpa::cli {

namespace {

using Option = Described::Option;

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : between) + part;
  return out;
}

/// Every command, with the words that lead to it: "sherpa trial get".
void each(const Described& command, const std::string& before,
          const std::function<void(const std::string& words, const Described&)>& tell) {
  const auto words = before.empty() ? command.name : before + " " + command.name;
  tell(words, command);
  for (const auto& below : command.commands) each(below, words, tell);
}

std::string roff(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (out.empty() && (c == '.' || c == '\'')) {
      out += "\\&" + std::string(1, c);
    } else {
      out += c;
    }
  }
  return out;
}

std::string page_of(const std::string& words) {
  auto name = words;
  for (char& c : name)
    if (c == ' ') c = '-';
  std::erase(name, '?');  // `sherpa trial stop?`: no file is called that
  return name;
}

std::string manual_page(const std::string& words, const Described& command,
                        const std::string& version) {
  std::string title = page_of(words);
  for (char& c : title) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  std::string out = ".TH " + roff(title) + " 1 \"\" \"sherpa " + version + "\" \"Sherpa\"\n";
  out += ".SH NAME\n" + roff(page_of(words)) + " \\- " + roff(command.about) + "\n";
  out += ".SH SYNOPSIS\n.B " + roff(words) + "\n";
  if (!command.commands.empty()) out += ".I COMMAND\n\\&...\n";
  for (const auto& option : command.options) {
    auto shown = option.positional
                     ? "\\fI" + roff(option.names.front()) + "\\fR"
                     : "\\fB" + roff(option.names.back()) + "\\fR" +
                           (option.value.empty() ? "" : " \\fI" + roff(option.value) + "\\fR");
    out += (option.required ? shown : "[" + shown + "]") + (option.repeated ? "...\n" : "\n");
  }
  if (!command.commands.empty()) {
    out += ".SH COMMANDS\n";
    for (const auto& below : command.commands) {
      auto full = words + " " + below.name;
      out += ".TP\n.BR " + roff(page_of(full)) + " (1)\n" + roff(below.about) + "\n";
    }
  }
  out += ".SH OPTIONS\n";
  for (const auto& option : command.options) {
    std::string names;
    for (const auto& name : option.names)
      names += (names.empty() ? "" : ", ") + ((option.positional ? "\\fI" : "\\fB") + roff(name)) +
               "\\fR";
    out +=
        ".TP\n" + names +
        (option.value.empty() || option.positional ? "" : " \\fI" + roff(option.value) + "\\fR") +
        "\n" + roff(option.about) + "\n";
  }
  if (!command.footer.empty()) {
    constexpr std::string_view example = "Example: ";
    bool shows = command.footer.starts_with(example);
    out += shows ? ".SH EXAMPLE\n.nf\n" + roff(command.footer.substr(example.size())) + "\n.fi\n"
                 : ".SH NOTES\n" + roff(command.footer) + "\n";
  }
  const auto above = words.rfind(' ');
  if (above != std::string::npos)
    out += ".SH SEE ALSO\n.BR " + roff(page_of(words.substr(0, above))) + " (1)\n";
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

/// Within single quotes of a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// What of a command's text an _arguments or _describe of zsh takes: it has words of its own for
/// some characters.
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
  each(program, "", [&](const std::string& words, const Described&) {
    if (words != program.name) all.push_back(quoted(words));
  });
  return joined(all, between);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> manual_pages(const Described& program,
                                                              const std::string& version) {
  std::vector<std::pair<std::string, std::string>> pages;
  each(program, "", [&](const std::string& words, const Described& command) {
    pages.emplace_back(page_of(words), manual_page(words, command, version));
  });
  return pages;
}

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
  each(program, "", [&](const std::string& words, const Described& command) {
    for (const auto& option : command.options)
      if (!option.positional && !option.choices.empty())
        out += "    " + quoted(words + " " + option.names.back()) +
               ") words=" + quoted(joined(option.choices, " ")) + " ;;\n";
  });
  out += "    *)\n      case \"$at\" in\n";
  each(program, "", [&](const std::string& words, const Described& command) {
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
  each(program, "", [&](const std::string& words, const Described& command) {
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
  each(program, "", [&](const std::string& words, const Described& command) {
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

int write_manual(const Described& program, const std::string& version,
                 const std::filesystem::path& share) {
  auto put = [&](const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories((share / file).parent_path());
    base::replace_file(share / file, text, 0644).or_throw();
  };
  for (const auto& [name, text] : manual_pages(program, version))
    put("man/man1/" + name + ".1", text);
  put("bash-completion/completions/sherpa", bash_completion(program));
  put("zsh/site-functions/_sherpa", zsh_completion(program));
  put("fish/vendor_completions.d/sherpa.fish", fish_completion(program));
  return 0;
}

}  // namespace sherpa::cli
