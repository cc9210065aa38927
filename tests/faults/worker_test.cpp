#include "runtime/store/sqlite_store.hpp"
#include "runtime/tls_link/dialer.hpp"
#include "runtime/tls_link/join_file.hpp"
#include "tests/support/link_world.hpp"
#include "tests/support/own_address.hpp"
#include "tests/support/process.hpp"
#include "tests/support/two_hosts.hpp"

#include <sherpa/study.hpp>
#include <sherpa/worker.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <thread>

// Coordinators and workers as processes of their own: on this host, and on two hosts of a network
// that is cut.
namespace sherpa {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing_support::Process;
using testing_support::read_file;
using testing_support::Scratch;
using testing_support::TwoHosts;
using testing_support::wait_until;

constexpr int iterations = 5;

class WorkerProcesses : public testing::Test {
 protected:
  std::filesystem::path study(int trials, const std::string& listen, const std::string& run,
                              const std::string& more = "") {
    auto file = scratch / "study.yaml";
    std::ofstream(file)
        << "sherpa: 1\nlower_is_better: true\nparameters:\n  - {name: x, type: continuous, range: "
           "[0, 1]}\n"
        << "algorithm: {name: RandomSearch, max_num_trials: " << trials
        << "}\nrandom_seed: 7\noutput_dir: " << output.string()
        << "\ndashboard: {host: " << testing_support::own_address() << "}\nworkers: {"
        << (more.empty() ? "launch: none" : more) << ", listen: " << listen << "}\nrun:\n  " << run
        << "\n  retry: {lost: 100, failed: 100}\n  give_up_after: 0\n  lease: 15s\n";
    return file;
  }
  /// Reports five times, slowly, and says so in a file.
  std::string command() const {
    return "command: 'for i in 1 2 3 4 5; do " SHERPA_COMMAND
           " trial report --objective {x} --iteration $i || exit; echo $i >> " +
           progress.string() + "; sleep 0.05; done'";
  }
  /// A command of ours, with what it says to people in a file.
  std::vector<std::string> logged(const std::string& name, std::vector<std::string> words) const {
    std::vector<std::string> all{"/bin/sh", "-c", "exec \"$@\" 2>>" + log(name).string(), "sh"};
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }
  std::vector<std::string> coordinator(const std::filesystem::path& file) const {
    return logged("run", {SHERPA_COMMAND, "run", file});
  }
  std::vector<std::string> worker(const std::string& name) const {
    return logged(name, {SHERPA_COMMAND, "worker", "--join", output / "join", "--slots", "2",
                         "--name", name});
  }
  static std::vector<std::string> path() {
    return {"PATH=" + std::filesystem::path(SHERPA_COMMAND).parent_path().string() +
            ":/usr/bin:/bin"};
  }
  std::filesystem::path log(const std::string& name) const { return scratch / (name + ".log"); }
  void wait_for_join_file() const {
    wait_until([&] { return std::filesystem::exists(output / "join"); });
  }
  void wait_for_reports(std::size_t n) const {
    wait_until([&] { return read_file(progress).size() >= 2 * n; });
  }
  std::size_t reports() const { return read_file(progress).size() / 2; }

  /// The study in full: the budget exact, each trial completed, with everything that it measured.
  void expect_whole(std::size_t trials, std::int64_t measured) const {
    auto results = load_results(output);
    auto completed = results.with_status(TrialStatus::completed);
    EXPECT_EQ(completed.size(), trials);
    for (TrialId trial = 1; trial <= trials; ++trial) {
      auto rows = results.of_trial(trial);
      ASSERT_EQ(rows.size(), static_cast<std::size_t>(measured) + 1) << "trial " << trial;
      for (std::int64_t i = 0; i < measured; ++i)
        EXPECT_EQ(rows[static_cast<std::size_t>(i)].iteration(), i + 1);
    }
  }
  /// Attempts there were in all.
  std::size_t attempts() const {
    auto store = runtime::SqliteStore::open(output, Durability::process).or_throw();
    std::size_t n = 0;
    store
        ->replay([&](study::Entry&& entry) -> Result<void> {
          n += std::holds_alternative<study::fact::AttemptStarted>(entry.fact) ? 1 : 0;
          return {};
        })
        .or_throw();
    return n;
  }
  /// Processes of this study, by what is in their environment or command line.
  std::vector<std::string> left() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos)
        continue;
      auto words = read_file(entry.path() / "cmdline");
      if (words.find(scratch.path().string()) != std::string::npos ||
          read_file(entry.path() / "environ").find("SHERPA_OUTPUT_DIR=" + output.string()) !=
              std::string::npos)
        found.push_back(words);
    }
    return found;
  }
  /// Those of a worker of this study, by its name: one, or none.
  std::vector<pid_t> of_worker(const std::string& name) const {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      auto pid = entry.path().filename().string();
      if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
      auto words = read_file(entry.path() / "cmdline");
      if (words.find(output.string()) != std::string::npos && words.find(name) != std::string::npos)
        found.push_back(std::stoi(pid));
    }
    return found;
  }
  /// Processes of trials, but for the shims around them.
  std::vector<pid_t> of_trials() const {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      auto name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") == std::string::npos &&
          read_file(entry.path() / "environ").find("SHERPA_OUTPUT_DIR=" + output.string()) !=
              std::string::npos &&
          !read_file(entry.path() / "cmdline").starts_with(SHERPA_JOB_SHIM))
        found.push_back(std::stoi(name));
    }
    return found;
  }
  void expect_nothing_left() const {
    auto end = std::chrono::steady_clock::now() + 30s;
    while (!left().empty() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(50ms);
    EXPECT_THAT(left(), testing::IsEmpty());
  }
  std::string logs() const {
    return "run:\n" + read_file(log("run")) + "a:\n" + read_file(log("a")) + "b:\n" +
           read_file(log("b"));
  }

  Scratch scratch;
  std::filesystem::path output = scratch / "out";
  std::filesystem::path progress = scratch / "progress";
};

TEST_F(WorkerProcesses, RunCommandsAndLeaveWhenTheStudyHasEnded) {
  auto file = study(8, "127.0.0.1", command());
  Process run(coordinator(file), path());
  wait_for_join_file();
  Process a(worker("a"), path()), b(worker("b"), path());
  EXPECT_EQ(run.wait().exit_code(), 0) << logs();
  EXPECT_EQ(a.wait().exit_code(), 0) << logs();
  EXPECT_EQ(b.wait().exit_code(), 0) << logs();
  EXPECT_THAT(a.wait().out, HasSubstr("the study has ended"));
  expect_whole(8, iterations);
  EXPECT_EQ(attempts(), 8u);
  expect_nothing_left();
}

TEST_F(WorkerProcesses, AreStartedByTheCoordinatorWithLaunchLocal) {
  auto file = study(6, "127.0.0.1", command(), "launch: local, count: 2, slots: 2");
  Process run(coordinator(file), path());
  EXPECT_EQ(run.wait().exit_code(), 0) << logs();
  expect_whole(6, iterations);
  expect_nothing_left();
}

TEST_F(WorkerProcesses, AreStartedAgainByTheCoordinatorThatStartedThemWhenTheyCrash) {
  auto file = study(6, "127.0.0.1", command(), "launch: local, count: 2, slots: 1");
  Process run(coordinator(file), path());
  wait_for_reports(3);
  for (const std::string name : {"local-1", "local-2"})
    for (pid_t pid : of_worker(name)) ::kill(pid, SIGKILL);
  EXPECT_EQ(run.wait().exit_code(), 0) << logs();
  expect_whole(6, iterations);
  EXPECT_THAT(read_file(log("run")),
              AllOf(HasSubstr("worker local-1 was ended by signal 9, and is started again"),
                    HasSubstr("worker local-2 was ended by signal 9, and is started again")));
  expect_nothing_left();
}

TEST_F(WorkerProcesses, OfAStepOfSlurmNeedAnAllocation) {
  ::unsetenv("SLURM_JOB_ID");
  auto file = study(1, "127.0.0.1", command(), "launch: srun");
  Process run(coordinator(file), path());
  EXPECT_EQ(run.wait().exit_code(), 2) << logs();
  EXPECT_THAT(read_file(log("run")),
              HasSubstr("launch: srun} is for a coordinator inside an allocation of Slurm's"));
}

TEST_F(WorkerProcesses, AreKilledAndSoIsTheCoordinator) {
  auto file = study(12, "127.0.0.1", command());
  auto run = std::make_unique<Process>(coordinator(file), path());
  wait_for_join_file();
  auto a = std::make_unique<Process>(worker("a"), path());
  Process b(worker("b"), path());
  wait_for_reports(6);
  a->signal(SIGKILL);
  a->wait();
  wait_for_reports(reports() + 6);
  run->signal(SIGKILL);
  run->wait();
  wait_until([&] { return read_file(log("b")).find("is lost") != std::string::npos; });
  run = std::make_unique<Process>(coordinator(file), path());
  a = std::make_unique<Process>(worker("a"), path());
  wait_for_reports(reports() + 6);
  run->signal(SIGKILL);  // both
  a->signal(SIGKILL);
  run->wait();
  a->wait();
  run = std::make_unique<Process>(coordinator(file), path());
  EXPECT_EQ(run->wait().exit_code(), 0) << logs();
  EXPECT_EQ(b.wait().exit_code(), 0) << logs();
  expect_whole(12, iterations);
  EXPECT_LE(attempts(), 12u + 6u)
      << "only what ran on the killed worker, or was being started, ran again";
  expect_nothing_left();
}

TEST_F(WorkerProcesses, WaitForACoordinatorThatIsInterruptedAndRestarted) {
  auto file = study(8, "127.0.0.1", command());
  auto run = std::make_unique<Process>(coordinator(file), path());
  wait_for_join_file();
  Process a(worker("a"), path());
  for (int i = 0; i < 3; ++i) {
    wait_for_reports(reports() + 3);
    run->signal(SIGTERM);
    EXPECT_EQ(run->wait().exit_code(), 130) << logs();
    run = std::make_unique<Process>(coordinator(file), path());
  }
  EXPECT_EQ(run->wait().exit_code(), 0) << logs();
  EXPECT_EQ(a.wait().exit_code(), 0) << logs();
  expect_whole(8, iterations);
  expect_nothing_left();
}

TEST_F(WorkerProcesses, LeaveInOrderOnRequest) {
  auto file = study(6, "127.0.0.1", command());
  Process run(coordinator(file), path());
  wait_for_join_file();
  Process a(worker("a"), path());
  wait_for_reports(3);
  a.signal(SIGTERM);
  EXPECT_EQ(a.wait().exit_code(), 130) << logs();
  Process b(worker("b"), path());
  EXPECT_EQ(run.wait().exit_code(), 0) << logs();
  EXPECT_EQ(b.wait().exit_code(), 0) << logs();
  expect_whole(6, iterations);
  EXPECT_EQ(attempts(), 6u) << "what ran on it had the time to end";
  EXPECT_THAT(read_file(log("run")), AllOf(HasSubstr("worker a takes no more trials"),
                                           HasSubstr("worker a leaves: it was asked to stop")));
  expect_nothing_left();
}

TEST_F(WorkerProcesses, OnAnotherHostSurviveACutOfTheLinkAndARestartOfTheCoordinator) {
  SHERPA_TWO_HOSTS(hosts);
  auto file = study(12, "0.0.0.0", command());
  auto run = std::make_unique<Process>(TwoHosts::on(hosts.one(), coordinator(file)), path());
  wait_for_join_file();
  Process a(TwoHosts::on(hosts.other(), worker("a")), path());
  wait_for_reports(6);
  hosts.cut();
  wait_until([&] { return read_file(log("a")).find("is lost") != std::string::npos; });
  hosts.heal();
  wait_for_reports(reports() + 6);
  run->signal(SIGKILL);
  run->wait();
  wait_for_reports(reports() + 1);  // the training continues
  run = std::make_unique<Process>(TwoHosts::on(hosts.one(), coordinator(file)), path());
  EXPECT_EQ(run->wait().exit_code(), 0) << logs();
  EXPECT_EQ(a.wait().exit_code(), 0) << logs();
  expect_whole(12, iterations);
  EXPECT_LE(attempts(), 13u)
      << "nothing had to run again, but what was being started when the coordinator died\n"
      << logs();
  expect_nothing_left();
}

TEST_F(WorkerProcesses, SurviveWhateverDiesWhenever) {
  SHERPA_TWO_HOSTS(hosts);
  constexpr std::size_t trials = 80;
  auto file = study(trials, "0.0.0.0", command());
  const char* seed = std::getenv("SHERPA_SEED");  // another story
  Random random(seed ? std::strtoull(seed, nullptr, 10) : 20, 26);
  std::map<std::string, std::unique_ptr<Process>> processes;
  auto start = [&](const std::string& name) {
    auto words = name == "run" ? coordinator(file) : worker(name);
    processes[name] = std::make_unique<Process>(
        TwoHosts::on(name == "b" ? hosts.other() : hosts.one(), words), path());
  };
  auto end = [&](const std::string& name, int signal) {
    processes[name]->signal(signal);
    processes[name]->wait();
  };
  start("run");
  wait_for_join_file();
  start("a");
  start("b");
  wait_for_reports(1);
  std::string story;
  for (int event = 0; event < 20; ++event) {
    std::this_thread::sleep_for(
        std::chrono::duration<double>(-0.5 * std::log(1 - random.uniform(0, 1))));  // Poisson
    for (const std::string name : {"a", "b"})
      if (processes[name]->has_ended()) start(name);
    const std::vector<std::string> names{"run", "a", "b"};
    const auto& name = names[random.below(names.size())];
    switch (random.below(6)) {
      case 0:
      case 1:
        story += " kill " + name;
        end(name, SIGKILL);
        start(name);
        break;
      case 2:
        story += " stop " + name;
        processes[name]->signal(SIGTERM);
        if (name == "run") processes[name]->wait(), start(name);
        break;
      case 3: story += " cut", hosts.cut(); break;
      case 4: story += " heal", hosts.heal(); break;
      default:
        if (auto jobs = of_trials(); !jobs.empty()) {
          story += " kill a trial's process";
          ::kill(jobs[random.below(jobs.size())], SIGKILL);
        }
    }
  }
  hosts.heal();
  SCOPED_TRACE(story);
  for (const std::string name : {"a", "b"})
    if (processes[name]->has_ended()) start(name);
  end("run", SIGKILL);  // whatever state it is in
  start("run");
  EXPECT_EQ(processes["run"]->wait().exit_code(), 0) << logs();
  // One that came when the study had ended waits for another.
  for (const std::string name : {"a", "b"}) end(name, SIGTERM);
  expect_whole(trials, iterations);
  expect_nothing_left();
}

TEST_F(WorkerProcesses, OnAnotherHostRunACompiledInFunction) {
  SHERPA_TWO_HOSTS(hosts);
  auto file = study(20, "0.0.0.0", "function: train");
  Process run(TwoHosts::on(hosts.one(), coordinator(file)), path());
  wait_for_join_file();
  Process a(TwoHosts::on(hosts.other(), logged("a", {SHERPA_WORKER_HOST, output / "join", "2"})),
            path());
  EXPECT_EQ(run.wait().exit_code(), 0) << logs();
  EXPECT_EQ(a.wait().exit_code(), 0) << logs();
  expect_whole(20, iterations);
  expect_nothing_left();
}

/// Every signal's action and this thread's mask, as far as they can be compared.
std::vector<std::string> signals() {
  std::vector<std::string> all;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) != 0) continue;
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%d %p %x", number,
                  reinterpret_cast<void*>(action.sa_handler), action.sa_flags);
    all.emplace_back(text.data());
  }
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  for (int number = 1; number < NSIG; ++number)
    if (sigismember(&mask, number) == 1) all.push_back("blocked " + std::to_string(number));
  return all;
}
std::set<std::string> threads() {
  std::set<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    all.insert(entry.path().filename());
  return all;
}

TEST_F(WorkerProcesses, InsideAProgramLeaveItsSignalsAndThreadsAlone) {
  auto file = study(6, "127.0.0.1", "function: train");
  Process run(coordinator(file), path());
  wait_for_join_file();
  const auto signals_before = signals();
  const auto threads_before = threads();
  std::vector<std::string> signals_within;
  std::vector<bool> taken;
  std::mutex mutex;
  {
    Worker worker({.join = output / "join", .slots = 2, .name = "inside"});
    EXPECT_EQ(worker.run("train",
                         [&](Trial& trial) {
                           for (int i = 1; i <= iterations && !trial.should_stop(); ++i)
                             trial.report({.objective = trial.get<double>("x"), .iteration = i});
                           std::scoped_lock lock(mutex);
                           sigset_t mask;
                           pthread_sigmask(SIG_SETMASK, nullptr, &mask);
                           taken.push_back(sigismember(&mask, SIGTERM) == 0);
                         }),
              0)
        << logs();
  }
  EXPECT_EQ(run.wait().exit_code(), 0) << logs();
  EXPECT_EQ(signals(), signals_before);
  EXPECT_EQ(threads(), threads_before);
  EXPECT_THAT(taken, testing::Each(false)) << "the host's signals are for its own threads";
  expect_whole(6, iterations);
}

TEST_F(WorkerProcesses, WithAnotherFunctionAreRefused) {
  auto file = study(1, "127.0.0.1", "function: train");
  Process run(coordinator(file), path());
  wait_for_join_file();
  testing_support::CaughtLog log;
  Worker worker({.join = output / "join", .name = "odd"});
  EXPECT_EQ(worker.run("test", [](Trial&) {}), 3);
  EXPECT_THAT(log.text(),
              HasSubstr("the study runs the function 'train', and the worker has test"));
  run.signal(SIGTERM);
  EXPECT_EQ(run.wait().exit_code(), 130);
  EXPECT_THAT(read_file(this->log("run")), HasSubstr("worker 'odd' at 127.0.0.1"));
}

TEST_F(WorkerProcesses, OfAnotherVersionOfTheProtocolAreRefusedOnBothSides) {
  auto file = study(1, "127.0.0.1", "function: train");
  Process run(coordinator(file), path());
  wait_for_join_file();
  class World final : public testing_support::LinkWorld {
   public:
    std::unique_ptr<link::Listener> listener() override { return nullptr; }
    std::unique_ptr<link::Dialer> dialer() override { return nullptr; }
  } world;
  link::Hello hello;
  hello.protocol = link::protocol_version + 1;
  hello.version = "9.0.0";
  hello.study = runtime::tls_link::read_join_file(output / "join").or_throw().study;
  hello.worker = {.name = "future", .incarnation = "1", .slots = 1, .outlives = true};
  hello.session = 1;
  std::optional<Error> said;
  auto dialer = runtime::tls_link::make_dialer(output / "join");
  dialer->dial(hello, std::make_shared<testing_support::Witness>(world), [&](const auto& dialled) {
    world.change([&] { said = dialled ? Error{Errc::internal, "welcomed"} : dialled.error(); });
  });
  ASSERT_TRUE(world.until([&] { return said.has_value(); }));
  EXPECT_EQ(said->code, Errc::refused);
  EXPECT_THAT(said->message,
              HasSubstr("speaks protocol 2 (Sherpa '9.0.0'), the coordinator protocol 1"));
  run.signal(SIGTERM);
  EXPECT_EQ(run.wait().exit_code(), 130);
  EXPECT_THAT(read_file(log("run")),
              HasSubstr("was refused: the worker speaks protocol 2 (Sherpa '9.0.0')"));
}

}  // namespace
}  // namespace sherpa
