#include "runtime/cli/manual.hpp"

#include "core/base/files.hpp"
#include "runtime/cli/command_line.hpp"

#include <sherpa/version.hpp>

#include <memory>

namespace sherpa::cli {

namespace {

/// Writes all pages and completions to their usual places below a `share` directory.
int write_manual(const Described& program, const std::filesystem::path& share) {
  auto put = [&](const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories((share / file).parent_path());
    base::replace_file(share / file, text, 0644).or_throw();
  };
  for (const auto& [name, text] : manual_pages(program, std::string(version())))
    put("man/man1/" + name + ".1", text);
  put("bash-completion/completions/sherpa", bash_completion(program));
  put("zsh/site-functions/_sherpa", zsh_completion(program));
  put("fish/vendor_completions.d/sherpa.fish", fish_completion(program));
  return 0;
}

}  // namespace

void add_manual(CLI::App& app, Invocation& invocation) {
  auto share = std::make_shared<std::filesystem::path>();
  auto* command = add_command(app, invocation, "manual", "Write manual pages and shell completion",
                              "sherpa manual /usr/local/share", [share, program = &app] {
                                return write_manual(described(*program), *share);
                              });
  command->group("");
  command->add_option("DIR", *share, "the directory below which to write them")->required();
}

}  // namespace sherpa::cli
