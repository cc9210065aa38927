// What a coordinator reads of the jobs of an earlier one: records and ends.

#include "core/base/encoding.hpp"
#include "schedulers/job_records.hpp"
#include "tests/fuzz/target.hpp"

using namespace sherpa;

std::vector<std::string> fuzz::seeds() {
  schedulers::JobRecord record;
  record.start.trial = 7;
  record.start.attempt = 2;
  record.start.configuration = {{"lr", 1e-3}, {"a\nb", list(true, "x", 1)}};
  record.start.token = "secret";
  record.start.worker = "here";
  record.start.incarnation = "1";
  record.start.resources = {{"gpu:0", 0.5}};
  record.start.load = "checkpoints/7/1";
  record.socket = "sherpa-1";
  record.output_from = 4711;
  return {schedulers::to_json(record), R"({"reason":"exited","exit_code":3,"message":""})",
          R"({"reason":"stopped","why":"rule","signal":15,"message":""})",
          R"({"reason":"could_not_start","message":"cannot start 'ä': \"no\""})",
          "\xed\xa0\x80 \xf4\x90\x80\x80 \xc0\x80 \xe2\x82"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto record = schedulers::job_record_from_json(text)) {
    auto written = schedulers::to_json(*record);
    auto again = schedulers::job_record_from_json(written);
    fuzz::require(again && schedulers::to_json(*again) == written,
                  "a record changes when it is written again");
  }
  if (auto end = schedulers::job_end_from_json(text))
    fuzz::require(end->reason != schedulers::JobEnd::Reason::stopped || end->why,
                  "stopped, but nobody knows why");
  auto shown = base::printable(text);
  fuzz::require(base::printable(shown) == shown, "what is printable is so once and for all");
  fuzz::require(shown.find('\n') == std::string::npos, "a message is one line");
  return 0;
}
