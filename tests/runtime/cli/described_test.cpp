#include "runtime/cli/described.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sherpa::cli {
namespace {

TEST(Described, HoldsWhatPeopleMayTypeAndNothingHidden) {
  CLI::App app{"tunes"};
  app.name("sherpa");
  app.footer("a note");
  std::string text;
  std::vector<std::string> several;
  bool flag = false;
  auto* end = app.add_subcommand("end", "Say how it ended");
  end->add_option("FILE", text, "what it ended with")->required();
  end->add_option("--status", text, "how")->check(CLI::IsMember({"completed", "failed"}));
  end->add_option("--more", several, "more of it");
  end->add_option("--hidden", text)->group("");
  end->add_option_group("format")->add_flag("-j,--json", flag, "for programs");
  app.add_subcommand("secret", "nobody types it")->group("");

  auto all = described(app);
  EXPECT_EQ(all.name, "sherpa");
  EXPECT_EQ(all.about, "tunes");
  EXPECT_EQ(all.footer, "a note");
  ASSERT_EQ(all.commands.size(), 1u);
  const auto& options = all.commands[0].options;
  ASSERT_EQ(options.size(), 5u) << "with --help";
  EXPECT_EQ(options[1].names, std::vector<std::string>{"FILE"});
  EXPECT_TRUE(options[1].positional);
  EXPECT_TRUE(options[1].required);
  EXPECT_EQ(options[2].names, std::vector<std::string>{"--status"});
  EXPECT_EQ(options[2].choices.size(), 2u);
  EXPECT_EQ(options[2].value, "TEXT");
  EXPECT_TRUE(options[3].repeated);
  EXPECT_EQ(options[4].names, (std::vector<std::string>{"-j", "--json"}));
  EXPECT_EQ(options[4].value, "") << "a flag";
}

TEST(Described, IsVisitedWithTheWordsThatLeadToEachCommand) {
  Described program{
      .name = "sherpa",
      .about = {},
      .footer = {},
      .options = {},
      .commands = {
          {.name = "trial",
           .about = {},
           .footer = {},
           .options = {},
           .commands = {
               {.name = "get", .about = {}, .footer = {}, .options = {}, .commands = {}}}}}};
  std::vector<std::string> visited;
  for_each_command(program,
                   [&](const std::string& words, const Described&) { visited.push_back(words); });
  EXPECT_EQ(visited, (std::vector<std::string>{"sherpa", "sherpa trial", "sherpa trial get"}));
}

}  // namespace
}  // namespace sherpa::cli
