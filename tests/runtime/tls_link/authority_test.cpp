#include "runtime/tls_link/authority.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::runtime::tls_link {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing_support::read_file;
using testing_support::Scratch;

fs::perms mode_of(const fs::path& file) { return fs::status(file).permissions() & fs::perms::all; }

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

TEST(Authority, StaysWithItsStudy) {
  Scratch scratch;
  auto first = tls_link::Authority::open(scratch.path(), "study").or_throw();
  EXPECT_EQ(mode_of(scratch / "authority"), fs::perms::owner_read | fs::perms::owner_write);
  auto again = tls_link::Authority::open(scratch.path(), "study").or_throw();
  EXPECT_EQ(first.certificate(), again.certificate());
  auto one = again.issue(tls_link::Party::worker).or_throw(),
       two = again.issue(tls_link::Party::worker).or_throw();
  EXPECT_NE(one.key, two.key);
  EXPECT_NE(one.certificate, two.certificate);
}

TEST(Authority, RefusesAFileThatIsNone) {
  Scratch scratch;
  auto error = [&] { return tls_link::Authority::open(scratch.path(), "study").error(); };
  write(scratch / "authority", "");
  EXPECT_EQ(error().code, Errc::damaged);
  EXPECT_THAT(error().message,
              AllOf(HasSubstr("authority is no certificate authority"), HasSubstr("remove it")));
  fs::remove(scratch / "authority");
  (void)tls_link::Authority::open(scratch.path(), "another").or_throw();
  EXPECT_THAT(error().message, HasSubstr("of study 'another', not of 'study'"));
  auto whole = read_file(scratch / "authority");
  write(scratch / "authority", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(error().code, Errc::damaged);
  fs::remove(scratch / "authority");
  fs::create_directory(scratch / "authority");
  EXPECT_EQ(error().code, Errc::store);
}

}  // namespace
}  // namespace sherpa::runtime::tls_link
