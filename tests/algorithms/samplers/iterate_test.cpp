#include "tests/support/rehearse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa {
namespace {

using namespace testing_support;
using runtime::Rehearsal;
using testing::HasSubstr;

TEST(Iterate, GivesWhatItWasGivenInOrder) {
  std::vector<Configuration> given{{{"lr", 0.1}, {"units", 3}}, {{"lr", 0.2}, {"units", 4}}};
  EXPECT_EQ(run(study_with(Iterate{given}, {}), 1000), given);
  EXPECT_EQ(
      Rehearsal(study_with(Iterate{given}, {})).engine().study().parameters,
      R"([{"name":"lr","type":"choice","range":[0.1,0.2]},{"name":"units","type":"choice","range":[3,4]}])");
}

TEST(Iterate, RefusesWhatDoesNotFitTheSpace) {
  try {
    Rehearsal study(
        study_with(Iterate{{mixed_configuration(1), mixed_configuration(65)}}, mixed_space()));
    FAIL();
  } catch (const Exception& e) {
    EXPECT_THAT(e.what(),
                HasSubstr("Iterate: configuration 2: parameter 'units': 65 is outside [1, 64]"));
  }
}

}  // namespace
}  // namespace sherpa
