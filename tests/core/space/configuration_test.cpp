#include <sherpa/configuration.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace sherpa {
namespace {

using testing::HasSubstr;

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Exception& e) {
    return e.what();
  }
  return "nothing was thrown";
}

TEST(Configuration, IsSortedByName) {
  Configuration c{{"units", 64}, {"act", "relu"}, {"lr", 0.1}};
  std::vector<std::string> names;
  for (auto [name, value] : c) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"act", "lr", "units"}));
  EXPECT_EQ(c.get<int>("units"), 64);
}

TEST(Configuration, RefusesANameGivenTwice) {
  EXPECT_THROW((Configuration{{"lr", 1}, {"lr", 2}}), Exception);
}

TEST(Configuration, NamesTheNearestParameterWhenOneIsMisspelt) {
  Configuration c{{"learning_rate", 0.1}, {"units", 64}};
  EXPECT_THAT(message_of([&] { c.at("learning_rte"); }),
              HasSubstr("did you mean 'learning_rate'?"));
  EXPECT_THAT(message_of([&] { c.at("zzz"); }), testing::Not(HasSubstr("did you mean")));
}

TEST(Configuration, NamesTheParameterWhoseTypeIsWrong) {
  Configuration c{{"act", "relu"}};
  EXPECT_THAT(message_of([&] { c.get<double>("act"); }), HasSubstr("parameter 'act'"));
}

TEST(Configuration, SetLeavesOthersThatShareItsNamesAlone) {
  Configuration one{{"a", 1}};
  Configuration other = one;
  other.set("b", 2);
  other.set("a", 3);
  EXPECT_EQ(one, (Configuration{{"a", 1}}));
  EXPECT_EQ(other, (Configuration{{"a", 3}, {"b", 2}}));
}

TEST(Configuration, PrintsOnOneLine) {
  std::ostringstream out;
  out << Configuration{{"lr", 0.5}, {"layers", list(128, 64)}};
  EXPECT_EQ(out.str(), "layers=[128, 64], lr=0.5");
}

}  // namespace
}  // namespace sherpa
