#include "schedulers/job_output.hpp"

#include "tests/support/scratch.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace sherpa::schedulers {
namespace {

using testing_support::Scratch;

TEST(JobOutput, HasALastLine) {
  Scratch scratch;
  auto file = scratch / "out";
  auto of = [&](const std::string& text, std::uint64_t from = 0) {
    std::ofstream(file, std::ios::binary) << text;
    return last_output_line(file, from);
  };
  EXPECT_EQ(of("one\ntwo\n\n  \n"), "two");
  EXPECT_EQ(of("12 %\r50 %\r100 %\n"), "100 %");
  EXPECT_EQ(of("no end"), "no end");
  EXPECT_EQ(of("earlier\n", 8), "");
  EXPECT_EQ(of("", 100), "");
  EXPECT_EQ(of("\n\n"), "");
  EXPECT_EQ(of(std::string(100'000, '.') + "\nlast\n"), "last");
  EXPECT_EQ(of(std::string(100'000, '.')).size(), 300u);
  EXPECT_EQ(last_output_line(scratch / "none", 0), "");
}

}  // namespace
}  // namespace sherpa::schedulers
