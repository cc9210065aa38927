#include "runtime/cli/html_report.hpp"

#include "core/base/clock.hpp"
#include "core/base/encoding.hpp"
#include "core/feed/enumerations.hpp"
#include "dashboard/page_files.hpp"
#include "runtime/secrets.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <utility>

namespace sherpa::cli {

namespace {

using Json = nlohmann::ordered_json;

/// The hash by which a Content-Security-Policy allows a script.
std::string hash_for_policy(const std::string& text) {
  auto hex = runtime::hash_secret(text);
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return "'sha256-" + base::base64(bytes) + "'";
}

void replace(std::string& text, const std::string& what, const std::string& by) {
  if (auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
}

struct Module {
  std::string body{};
  std::vector<std::string> imports{}, exports{};
};

/// `./scale.js` is known as scale.
Module read_module(std::string_view source) {
  Module out;
  std::istringstream in{std::string(source)};
  for (std::string line; std::getline(in, line); out.body += line + "\n") {
    if (line.starts_with("import ")) {
      for (std::string more; !line.ends_with(';') && std::getline(in, more);) line += more;
      auto open = line.find('{'), close = line.find('}'), name = line.find("\"./"),
           end = line.rfind(".js\"");
      out.imports.push_back(line.substr(name + 3, end - name - 3));
      line =
          "const " + line.substr(open, close - open + 1) + " = module_" + out.imports.back() + ";";
    } else if (line.starts_with("export ")) {
      line = line.substr(7);
      auto name = line.substr(line.find(' ') + 1);
      out.exports.push_back(
          name.substr(0, name.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")));
    }
  }
  return out;
}

}  // namespace

std::string in_one_script(const std::vector<std::pair<std::string, std::string_view>>& modules,
                          const std::string& main) {
  std::map<std::string, Module> read;
  for (const auto& [name, source] : modules) read[name] = read_module(source);
  std::string out;
  std::set<std::string> written;
  auto write = [&](auto& self, const std::string& name) -> void {
    if (!written.insert(name).second) return;
    const auto& module = read[name];
    for (const auto& import : module.imports) self(self, import);
    out += "const module_" + name + " = (() => {\n" + module.body + "return {";
    for (const auto& exported : module.exports) out += exported + ", ";
    out += "};\n})();\n";
  };
  write(write, main);
  return out;
}

std::string html_report(feed::Feed& feed, const std::string& name, const std::string& importance,
                        bool alive) {
  std::vector<std::pair<std::string, std::string_view>> modules;
  std::string page, style;
  for (const auto& file : dashboard::page_files()) {
    if (file.path == "/") page = file.content;
    if (file.path.ends_with(".css")) style = file.content;
    if (file.path.ends_with(".js"))
      modules.emplace_back(file.path.substr(1, file.path.size() - 4), file.content);
  }
  auto script =
      "globalThis.sherpaReport = JSON.parse(document.getElementById(\"report\").textContent);\n" +
      in_one_script(modules, "main");

  auto snapshot = feed.snapshot();
  Json greeting{{"protocol", 1}, {"role", "viewer"}, {"studies", {name}},
                {"index", 0},    {"goes_on", false}, {"alive", alive}};
  greeting["enumerations"] = feed::enumerations();
  greeting["now"] = static_cast<double>(base::read_clocks().wall) / 1000;
  auto text = greeting.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  std::string data = "{\"greeting\":" + text + "," + *snapshot->bytes +
                     "},\"importance\":" + importance + ",\"frames\":[";
  study::Seq seen = 0;
  while (auto frame = feed.after(seen)) {
    data += (seen > 0 ? ",\"" : "\"") + base::base64(*frame->bytes) + "\"";
    seen = frame->to;
  }
  data += "]}";
  // No text of a study may end the element that contains it.
  std::string safe;
  for (char c : data) c == '<' ? safe += "\\u003c" : safe += c;

  auto policy =
      "default-src 'none'; img-src data: blob:; base-uri 'none'; form-action 'none'; script-src " +
      hash_for_policy(script) + "; style-src " + hash_for_policy(style);
  replace(page, "<meta charset=\"utf-8\">",
          "<meta charset=\"utf-8\">\n    <meta http-equiv=\"Content-Security-Policy\" content=\"" +
              policy + "\">");
  replace(page, "<link rel=\"icon\" href=\"icon.svg\">", "");
  replace(page, "<link rel=\"stylesheet\" href=\"page.css\">", "<style>" + style + "</style>");
  replace(page, "<script type=\"module\" src=\"main.js\"></script>", "");
  replace(page, "</body>",
          "  <script type=\"application/json\" id=\"report\">" + safe +
              "</script>\n    <script type=\"module\">" + script + "</script>\n  </body>");
  return page;
}

}  // namespace sherpa::cli
