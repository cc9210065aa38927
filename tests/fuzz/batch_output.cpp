// What the programs of batch systems print.

#include "core/base/shell_words.hpp"
#include "schedulers/batch/grid_engine.hpp"
#include "schedulers/batch/slurm.hpp"
#include "tests/fuzz/target.hpp"

using namespace sherpa;

std::vector<std::string> fuzz::seeds() {
  return {"4711;cluster\n",
          "12|PENDING|Resources\n13|RUNNING|None\n14_3|COMPLETED|None\n",
          "12|CANCELLED by 1000|0:0\n",
          "4711.1-4:1\n",
          "<job_list "
          "state=\"running\"><JB_job_number>6</JB_job_number><state>dr</state></"
          "job_list><job_list><state>Eqw",
          "failed       100 : assumedly after job\nexit_status  137     (Killed)\n",
          "error reason    1:   11/25/2026 21:56:07 [0:27746]: error: can't chdir\n",
          "-J 'my job' --comment=\"a \\\"b\\\"\" x\\ y"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace schedulers;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto sound = [](const JobStates& states) {
    for (const auto& [id, state] : states) {
      fuzz::require(!id.empty() && id.size() < 64, "an id is a short word");
      fuzz::require(state.why.find('\n') == std::string::npos, "a reason is one line");
    }
  };
  sound(schedulers::slurm::parse_squeue(text));
  sound(schedulers::slurm::parse_sacct(text));
  sound(schedulers::grid_engine::parse_qstat(text));
  for (const auto& id :
       {schedulers::slurm::parse_sbatch(text), schedulers::grid_engine::parse_qsub(text)})
    if (id)
      fuzz::require(id->find_first_of(" \n|;'\"$") == std::string::npos,
                    "an id can be put on a command line");
  if (auto state = schedulers::grid_engine::parse_qacct(text))
    fuzz::require(state->phase == JobState::Phase::over, "books are about the past");
  fuzz::require(schedulers::grid_engine::parse_reason(text).find('\n') == std::string::npos,
                "a reason is one line");
  if (auto words = base::split_words(text)) {
    std::string line;
    for (const auto& word : *words) line += base::shell_quote(word) + " ";
    auto again = base::split_words(line);
    fuzz::require(again && *again == *words, "words that are quoted are read as they were");
  }
  return 0;
}
