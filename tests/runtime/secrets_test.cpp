#include "runtime/secrets.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sherpa::runtime {
namespace {

TEST(Secrets, AreLongAndDiffer) {
  std::set<std::string> all;
  for (int i = 0; i < 1000; ++i) all.insert(make_secret());
  EXPECT_EQ(all.size(), 1000u);
  EXPECT_EQ(all.begin()->size(), 64u);
}

TEST(Secrets, AreKeptAsTheirSha256) {
  EXPECT_EQ(hash_secret(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_secret("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace sherpa::runtime
