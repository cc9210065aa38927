#include "schedulers/job_records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::schedulers {
namespace {

using testing::HasSubstr;

TEST(JobRecords, SayWhatCannotBeRead) {
  EXPECT_THAT(job_end_from_json("{}").error().message, HasSubstr("does not say how it ended"));
  EXPECT_THAT(job_end_from_json(R"({"reason": "gone"})").error().message, HasSubstr("'gone'"));
  EXPECT_THAT(job_end_from_json(R"({"reason": "stopped"})").error().message, HasSubstr("why"));
  EXPECT_THAT(job_record_from_json(R"({"trial": 1})").error().message, HasSubstr("not whole"));
  EXPECT_FALSE(job_record_from_json("[1"));
}

TEST(JobRecords, AreReadAsTheyWereWritten) {
  JobRecord record;
  record.start.trial = 7;
  record.start.attempt = 2;
  record.start.configuration = {{"lr", 1e-3}, {"a\nb", list(true, "x", 1)}};
  record.start.resources = {{"gpu:0", 0.5}};
  record.submission = "secret";
  record.stop_why = study::StopWhy::rule;
  auto read = job_record_from_json(to_json(record));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->start.trial, 7u);
  EXPECT_EQ(read->start.configuration, record.start.configuration);
  EXPECT_EQ(read->start.resources, record.start.resources);
  EXPECT_EQ(read->submission, "secret");
  EXPECT_EQ(read->stop_why, study::StopWhy::rule);
  EXPECT_EQ(to_json(*read), to_json(record));
}

TEST(JobRecords, TakeTheEndOfAJobFromItsShim) {
  auto end = job_end_from_json(R"({"reason": "exited", "signal": 9, "message": "killed"})");
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->reason, JobEnd::Reason::exited);
  EXPECT_EQ(end->detail.signal, 9);
  EXPECT_EQ(end->detail.message, "killed");
  EXPECT_EQ(job_end_from_json(R"({"reason": "timeout"})")->why, study::StopWhy::timeout);
}

}  // namespace
}  // namespace sherpa::schedulers
