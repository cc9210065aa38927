#include "runtime/cli/manual.hpp"

namespace sherpa::cli {

namespace {

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

}  // namespace

std::vector<std::pair<std::string, std::string>> manual_pages(const Described& program,
                                                              const std::string& version) {
  std::vector<std::pair<std::string, std::string>> pages;
  for_each_command(program, [&](const std::string& words, const Described& command) {
    pages.emplace_back(page_of(words), manual_page(words, command, version));
  });
  return pages;
}

}  // namespace sherpa::cli
