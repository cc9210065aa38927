#include "core/space/access.hpp"
#include "core/study/ledger.hpp"
#include "core/study/metric_limit.hpp"

#include <sherpa/results.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

namespace sherpa::study {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ResultsCsvTest : public testing::Test {
 protected:
  ResultsCsvTest() { ledger->begin(true, 1); }

  void trial(Configuration configuration, Metrics context = {}) {
    const TrialId id = ledger->trials() + 1;
    ledger->issue({id, std::move(configuration), Origin{id, 0, {}}});
    ledger->start_attempt(id);
    ledger->observe({id, 1, 1, 0.5, std::move(context), 0});
  }
  std::string csv(CsvText text = CsvText::guarded) const {
    std::ostringstream out;
    internal::Access::results(ledger).write_csv(out, text);
    return out.str();
  }

  std::shared_ptr<Ledger> ledger = std::make_shared<Ledger>();
};

TEST_F(ResultsCsvTest, GivesAMetricWithTheNameOfAParameterOrColumnAColumnOfItsOwn) {
  trial({{"lr", 0.1}}, {{"lr", 0.05}, {"Objective", 7}, {"loss", 2}});
  EXPECT_EQ(csv(),
            "Trial-ID,Status,Iteration,lr,Objective,context.Objective,loss,context.lr\n"
            "1,INTERMEDIATE,1,0.1,0.5,7.0,2.0,0.05\n");
}

TEST_F(ResultsCsvTest, GivesAParameterWithTheNameOfAColumnAnotherName) {
  trial({{"Status", "x"}});
  EXPECT_THAT(csv(), StartsWith("Trial-ID,Status,Iteration,parameters.Status,Objective\n"));
}

TEST_F(ResultsCsvTest, GuardsTextsThatASpreadsheetTakesForFormulas) {
  trial({{"act", "=1+2"}, {"opt", "@sum"}, {"sign", "-x"}, {"tab", "\ty"}, {"cmd", "+a,b"}},
        {{"=cmd|'/C calc'!A0", 1}});
  EXPECT_EQ(csv(),
            "Trial-ID,Status,Iteration,act,cmd,opt,sign,tab,Objective,'=cmd|'/C calc'!A0\n"
            "1,INTERMEDIATE,1,'=1+2,\"'+a,b\",'@sum,'-x,'\ty,0.5,1.0\n");
  EXPECT_THAT(csv(CsvText::raw), HasSubstr(",=1+2,\"+a,b\",@sum,-x,\ty,0.5,1.0\n"));
}

TEST_F(ResultsCsvTest, LeavesNumbersAsTheyAre) {
  trial({{"a", -0.5}, {"b", "-1"}, {"c", "+1e-3"}, {"d", -3}}, {{"m", -1}, {"n", -INFINITY}});
  EXPECT_THAT(csv(), HasSubstr("\n1,INTERMEDIATE,1,-0.5,-1,+1e-3,-3,0.5,-1.0,-inf\n"));
}

// As a study of an earlier version may have them, which had no limit.
TEST_F(ResultsCsvTest, PutsMetricsBeyondTheLimitIntoOneColumn) {
  for (std::size_t i = 0; i < most_metrics + 3; ++i)
    trial({{"x", 1}}, {{"m" + std::to_string(10000 + i), static_cast<double>(i)}});
  trial({{"x", 1}}, {{"m10000", 1}, {"m11000", 2}, {"m11002", 3}});
  const auto table = csv();
  const auto head = table.substr(0, table.find('\n'));
  EXPECT_EQ(std::count(head.begin(), head.end(), ','), 4 + most_metrics + 1);
  EXPECT_THAT(head, testing::EndsWith(",m10999,Further-Metrics"));
  EXPECT_THAT(table, HasSubstr(",\"{\"\"m11000\"\": 1000.0}\"\n"));
  EXPECT_THAT(table, testing::EndsWith(",\"{\"\"m11000\"\": 2.0, \"\"m11002\"\": 3.0}\"\n"));
}

TEST_F(ResultsCsvTest, HasNoFurtherColumnAtTheLimit) {
  for (std::size_t i = 0; i < most_metrics; ++i) trial({{"x", 1}}, {{"m" + std::to_string(i), 0}});
  EXPECT_THAT(csv(), testing::Not(HasSubstr("Further-Metrics")));
}

}  // namespace
}  // namespace sherpa::study
