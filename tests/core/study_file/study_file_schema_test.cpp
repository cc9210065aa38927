#include "core/study_file/study_file.hpp"

#include "tests/support/json_schema.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/study_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::study_file {
namespace {

using nlohmann::ordered_json;
using testing_support::read_file;
using testing_support::refusal;
using testing_support::source;

/// SHERPA_REGENERATE=1 writes it again.
TEST(StudyFileSchema, IsTheOneInTheDocumentation) {
  auto file = source / "docs/study.schema.json";
  if (std::getenv("SHERPA_REGENERATE")) std::ofstream(file) << study_file::study_file_schema();
  EXPECT_EQ(study_file::study_file_schema(), read_file(file))
      << "run this test with SHERPA_REGENERATE=1";
}

/// Each makes the good file below one that is refused; null takes an entry away.
constexpr const char* patches_refused[] = {
    R"({"sherpa": 2})",
    R"({"sherpa": null})",
    R"({"lower_is_better": 1})",
    R"({"name": ""})",
    R"({"foo": 1})",
    R"({"algorithm": null})",
    R"({"algorithm": {"name": "Foo"}})",
    R"({"algorithm": {"name": "own"}})",
    R"({"algorithm": {"foo": 1}})",
    R"({"run": null})",
    R"({"run": {"foo": 1}})",
    R"({"run": {"command": []}})",
    R"({"run": {"command": ""}})",
    R"({"run": {"command": [[1]]}})",
    R"({"run": {"timeout": "1x"}})",
    R"({"run": {"timeout": 0}})",
    R"({"run": {"grace": -1}})",
    R"({"run": {"environment": {"A": []}}})",
    R"({"run": {"needs": {"slots": 0}}})",
    R"({"run": {"needs": {"gpu": 1.5}}})",
    R"({"run": {"needs": {"gpu": 0}}})",
    R"({"run": {"retry": {"lost": -1}}})",
    R"({"run": {"retry": {"foo": 1}}})",
    R"({"run": {"max_concurrent": 0}})",
    R"({"run": {"scheduler": {"name": "Foo"}}})",
    R"({"run": {"checkpoints": {"keep": "none"}}})",
    R"({"workers": {"launch": "foo"}})",
    R"({"workers": {"launch": null}})",
    R"({"workers": {"count": 0}})",
    R"({"workers": {"port": 70000}})",
    R"({"workers": {"resources": ["a", "a"]}})",
    R"({"workers": {"lease": "1s"}})",
    R"({"dashboard": {"port": 0}})",
    R"({"dashboard": {"host": ""}})",
    R"({"durability": "disk"})",
    R"({"random_seed": -1})",
    R"({"stopping_rule": {"name": "foo"}})",
    R"({"stopping_rule": {"min_trials": -1}})",
    R"({"parameters": [{"name": "a", "type": "continuous", "range": [1]}]})",
    R"({"parameters": [{"name": "a", "type": "ordinal", "range": [1], "scale": "log"}]})",
    R"({"parameters": [{"name": "a", "type": "foo", "range": [1]}]})",
    R"({"parameters": [{"type": "choice", "range": [1]}]})"};

TEST(StudyFileSchema, TakesAndRefusesWhatTheCodeDoes) {
  testing_support::JsonSchema schema(ordered_json::parse(study_file::study_file_schema()));
  const auto good = ordered_json::parse(R"({"sherpa": 1, "lower_is_better": false,
    "parameters": [{"name": "lr", "type": "continuous", "range": [0.1, 1], "scale": "log"}, {"name": "c", "type": "choice", "range": [1, "a", [2]]}],
    "algorithm": {"name": "Chain", "algorithms": [{"name": "GridSearch", "points": "end_points"}, {"name": "Repeat", "algorithm": {"name": "RandomSearch", "max_num_trials": null}}]},
    "stopping_rule": {"name": "MedianStoppingRule", "min_trials": 2},
    "run": {"command": ["train", 1, true], "timeout": "1h30m", "grace": 0.5, "environment": {"A": 1}, "needs": {"slots": 2, "gpu": 0.5},
            "retry": {"preempted": null}, "max_concurrent": null},
    "workers": {"launch": "slurm", "slots": 2, "resources": ["gpu:0"], "idle": null}})");
  ASSERT_EQ(schema.fault_of(good), "");
  ASSERT_EQ(refusal(good.dump()), "accepted");

  auto changed = [&](const std::string& patch) {
    auto text = good;
    text.merge_patch(ordered_json::parse(patch));  // null takes an entry away
    return text;
  };
  for (auto patch : patches_refused) {
    EXPECT_NE(schema.fault_of(changed(patch)), "") << patch;
    EXPECT_NE(refusal(changed(patch).dump()), "accepted") << patch;
  }
}

}  // namespace
}  // namespace sherpa::study_file
