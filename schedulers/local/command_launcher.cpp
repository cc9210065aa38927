#include "schedulers/local/command_launcher.hpp"

#include "core/base/encoding.hpp"
#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "core/base/random_id.hpp"
#include "core/base/text.hpp"
#include "core/space/json.hpp"
#include "schedulers/checkpoints.hpp"
#include "schedulers/host_worker.hpp"
#include "schedulers/job_files.hpp"
#include "schedulers/job_records.hpp"
#include "schedulers/local/job_environment.hpp"
#include "schedulers/local/job_process.hpp"
#include "schedulers/local/local_job.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

namespace sherpa::schedulers {

namespace {

using namespace std::chrono_literals;
using study::End;
using study::StopWhy;
namespace fs = std::filesystem;

/// An attempt that saved nothing leaves no directory behind.
void remove_empty(const fs::path& save_dir) {
  if (::rmdir(save_dir.c_str()) == 0) ::rmdir(save_dir.parent_path().c_str());
}

class CommandLauncher final : public study::Launcher {
 public:
  CommandLauncher(CommandOptions options, study::Worker worker, base::Descriptor epoll,
                  base::Descriptor wake)
      : options_(std::move(options)),
        jobs_dir_(options_.output_dir / "jobs"),
        worker_(std::move(worker)),
        inherited_(inherited_environment()),
        epoll_(std::move(epoll)),
        wake_(std::move(wake)) {
    thread_ = base::quiet_thread([this] { watch(); });
  }

  ~CommandLauncher() override {
    end_all();
    thread_.join();
  }

  study::Worker worker() const override { return worker_; }

  void launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> channel) override {
    auto job = open_job(std::move(start), std::move(channel));
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
      job->failed = {End::lost, std::string("cannot start it: ") + std::strerror(errno)};
      return tell_end(*job);
    }
    job->control = base::Descriptor(pair[0]);
    base::Descriptor theirs(pair[1]);
    auto id = watch_over(job);
    if (!id) return tell_end(*job);
    begin(*job, std::move(theirs));
    listen_for_stop(*id, *job);
  }

  std::vector<study::effect::Start> running() override {
    std::vector<study::effect::Start> found;
    for (auto [trial, attempt] : recorded_jobs(jobs_dir_)) {
      JobFiles files(jobs_dir_, trial, attempt);
      auto text = base::read_file(files.record);
      if (!text) continue;
      auto record = job_record_from_json(*text);
      if (record && record->start.worker != worker_.name) continue;  // another host's
      const bool held = is_locked(files.lock);
      if (record && (held || fs::exists(files.end))) {
        found.push_back(std::move(record->start));
      } else if (held) {
        base::log(LogLevel::warning, "trial " + std::to_string(trial) + ": " +
                                         record.error().message + "; its job ends in " +
                                         std::to_string(options_.orphan_grace.count()) + " ms");
      } else {
        files.remove();  // it never began, or its shim was killed
      }
    }
    return found;
  }

  void adopt(const study::effect::Start& start,
             std::shared_ptr<study::TrialChannel> channel) override {
    auto job = open_job(start, std::move(channel));
    auto record = job_record_from_json(base::read_file(job->files.record).value_or(""));
    if (record) {
      job->output_from = record->output_from;
      job->control = visit_shim(record->socket);
    }
    if (!job->control) return tell_end(*job);  // it has ended meanwhile
    options_.attempts->add(job->open);
    if (auto id = watch_over(job)) return listen_for_stop(*id, *job);
    tell_end(*job);
  }

  void settled(TrialId trial, AttemptId attempt) override {
    std::scoped_lock lock(jobs_->mutex);
    settled_.emplace_back(trial, attempt);
    wake();
  }

 private:
  void end_all() {
    std::unique_lock lock(jobs_->mutex);
    closing_ = true;
    for (auto& [id, job] : jobs_->running) LocalJobs::say(*job, StopWhy::going);
    wake();
    while (!idle_.wait_for(lock, options_.grace + 10s, [this] { return jobs_->running.empty(); })) {
      std::vector<std::string> names;
      for (const auto& [id, job] : jobs_->running)
        names.push_back(std::to_string(job->open->start.trial));
      base::log(LogLevel::warning,
                "waiting for the processes of trial " + base::enumerate(names) + " to be gone");
    }
  }

  std::shared_ptr<LocalJob> open_job(study::effect::Start start,
                                     std::shared_ptr<study::TrialChannel> channel) {
    auto open = std::make_shared<study::OpenAttempt>();
    open->checkpoint = checkpoint_directory(start.trial, start.attempt);
    open->save_dir = options_.output_dir / open->checkpoint;
    open->start = std::move(start);
    open->channel = std::move(channel);
    return std::make_shared<LocalJob>(jobs_dir_, std::move(open));
  }

  /// From here on, the end of the job's connection is the end of the job.
  std::optional<std::uint64_t> watch_over(const std::shared_ptr<LocalJob>& job) {
    std::scoped_lock lock(jobs_->mutex);
    auto id = ++last_id_;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = id;
    if (closing_) {
      job->failed = {End::interrupted, "the coordinator ends"};
    } else if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, job->control.get(), &event) != 0) {
      job->failed = {End::lost, std::string("cannot watch it: ") + std::strerror(errno)};
    } else {
      jobs_->running.emplace(id, job);
      return id;
    }
    return std::nullopt;
  }

  void listen_for_stop(std::uint64_t id, const LocalJob& job) {
    job.open->channel->on_stop([known = std::weak_ptr(jobs_), id](StopWhy why) {
      if (auto jobs = known.lock()) jobs->stop(id, why);
    });
  }

  /// Until it returns, the shim's end of the connection is open here, so our thread learns of the
  /// job's end only afterwards; also when the job cannot start.
  void begin(LocalJob& job, base::Descriptor theirs) {
    auto fail = [&](End end, const std::string& message) {
      std::scoped_lock lock(jobs_->mutex);
      job.failed = {end, message};
    };
    auto command = command_of(job.open->start);
    if (!command) return fail(End::failed, command.error().message);
    auto process = prepare(job, *command);
    if (!process) return fail(End::lost, process.error().message);
    process->control = std::move(theirs);
    options_.attempts->add(job.open);
    auto pid = spawn(*process);
    if (!pid) return fail(End::lost, pid.error().message);
    std::scoped_lock lock(jobs_->mutex);
    job.shim = *pid;
    job.child = true;
  }

  Result<std::vector<std::string>> command_of(const study::effect::Start& start) const {
    auto command = options_.command(start.configuration);
    if (!command) return command;
    command->insert(command->begin(), options_.submit_options.begin(),
                    options_.submit_options.end());
    if (command->empty() || command->front().empty())
      return Error{Errc::invalid_argument, "the command is empty; see run.command"};
    for (const auto& part : *command)
      if (part.find('\0') != std::string::npos)
        return Error{Errc::invalid_argument,
                     "the command holds a zero byte, which no program can be given"};
    return command;
  }

  /// Makes the job's files and everything that its shim needs, except for the connection.
  Result<JobProcess> prepare(LocalJob& job, const std::vector<std::string>& command) const {
    const auto& start = job.open->start;
    if (auto made = make_checkpoint_directory(options_.output_dir, start.trial, start.attempt);
        !made)
      return made.error();
    JobProcess process;
    process.directory = jobs_dir_;
    JobRecord record{start, "sherpa-" + base::random_name(), 0};
    auto output = open_output(job.files.output, start, command);
    if (!output) return output.error();
    process.output = std::move(output->first);
    job.output_from = record.output_from = output->second;
    // The record comes first, because all other files are found through it.
    if (auto written = base::write_file(job.files.record, to_json(record), 0600); !written)
      return written.error();
    auto held = take_lock(job.files.lock);
    if (!held) return held.error();
    process.lock = *std::move(held);
    auto listener = open_shim_socket(record.socket);
    if (!listener) return listener.error();
    process.listener = *std::move(listener);
    ::unlink(job.files.end.c_str());
    auto parameters = space::json::write(start.configuration)
                          .dump(-1, ' ', false, space::json::Json::error_handler_t::replace);
    for (const auto& [file, text] :
         {std::pair(&job.files.token, start.token), std::pair(&job.files.parameters, parameters)})
      if (auto written = base::write_file(*file, text + "\n", 0600); !written)
        return written.error();
    process.environment =
        job_environment(inherited_, options_.environment, start, job.files, options_.output_dir,
                        job.open->save_dir, options_.url ? options_.url() : "");
    process.words = shim_words(start, command);
    return process;
  }

  std::vector<std::string> shim_words(const study::effect::Start& start,
                                      const std::vector<std::string>& command) const {
    auto words = options_.shim;
    for (auto number : {start.trial, static_cast<std::uint64_t>(start.attempt),
                        static_cast<std::uint64_t>(options_.grace.count()),
                        static_cast<std::uint64_t>(options_.orphan_grace.count())})
      words.push_back(std::to_string(number));
    words.push_back(options_.directory.string());
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }

  void wake() const {
    std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(wake_.get(), &one, sizeof one);
  }

  // The thread.
  void watch() {
    std::array<epoll_event, 64> events{};
    while (true) {
      int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        if (auto id = events[static_cast<std::size_t>(i)].data.u64) {
          read_from_shim(id);
        } else {
          heed();
        }
      }
      std::scoped_lock lock(jobs_->mutex);
      if (closing_ && jobs_->running.empty() && settled_.empty()) return;
    }
  }

  void heed() {
    std::uint64_t count = 0;
    [[maybe_unused]] auto got = ::read(wake_.get(), &count, sizeof count);
    for (auto [trial, attempt] : take_settled()) JobFiles(jobs_dir_, trial, attempt).remove();
  }

  std::vector<std::pair<TrialId, AttemptId>> take_settled() {
    std::scoped_lock lock(jobs_->mutex);
    std::erase_if(strays_, [](pid_t pid) { return reap(pid, false); });
    return std::exchange(settled_, {});
  }

  void read_from_shim(std::uint64_t id) {
    auto [job, silent] = receive(id);
    if (!job) return;
    tell_end(*job, silent);
    if (job->child && !reap(job->shim, !job->taken)) strays_.push_back(job->shim);
    std::scoped_lock lock(jobs_->mutex);
    jobs_->running.erase(id);
    if (jobs_->running.empty()) idle_.notify_all();
  }

  struct Ended {
    std::shared_ptr<LocalJob> job{};  // null: it has not ended
    bool silent = false;
  };

  /// Handles a message of a shim.
  Ended receive(std::uint64_t id) {
    std::scoped_lock lock(jobs_->mutex);
    auto found = jobs_->running.find(id);
    if (found == jobs_->running.end()) return {};
    auto job = found->second;
    std::array<char, 32> text{};
    auto size = ::recv(job->control.get(), text.data(), text.size() - 1, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    if (size > 0) {
      std::string_view what(text.data(), static_cast<std::size_t>(size));
      if (what.starts_with("pid ")) job->shim = static_cast<pid_t>(std::atol(text.data() + 4));
      if (what == "taken") job->taken = job->silent = true;
      return {};
    }
    job->control.close();
    return {job, job->silent};
  }

  /// Reports the end of a job whose shim has ended, or never started.
  void tell_end(const LocalJob& job, bool silent = false) {
    if (!job.open->start.token.empty()) options_.attempts->remove(job.open->start.token);
    JobOutcome last;
    if (job.failed) {
      last.end = job.failed->first;
      last.detail.message = base::printable(job.failed->second);
      if (last.end == End::interrupted) last.stop_why = StopWhy::going;
    } else if (auto ended = job_end_from_json(base::read_file(job.files.end).value_or("{}"))) {
      last = outcome_of(*ended, job);
    } else if (!job.taken) {
      last.end = End::lost;
      last.detail.message = "its shim was killed, or could not be reached";
      kill_session(job.shim);
    }
    if (!job.taken) remove_empty(job.open->save_dir);  // else it runs on
    std::error_code none;
    if (!silent && last.end == End::completed && fs::exists(job.open->save_dir, none))
      job.open->channel->post_checkpoint(job.open->checkpoint, [](const Result<void>&) {
      });  // ending well publishes what was saved
    if (!silent) return job.open->channel->ended(last.end, std::move(last.detail), last.stop_why);
    if (!job.taken) job.files.remove();
  }

  const CommandOptions options_;
  const fs::path jobs_dir_;
  const study::Worker worker_;
  const std::map<std::string, std::string> inherited_;
  base::Descriptor epoll_, wake_;

  // its lock protects everything below, too
  const std::shared_ptr<LocalJobs> jobs_ = std::make_shared<LocalJobs>();
  std::condition_variable idle_;
  std::uint64_t last_id_ = 0;
  std::vector<std::pair<TrialId, AttemptId>> settled_;
  std::vector<pid_t> strays_;  // shims that serve another coordinator, but are our children
  bool closing_ = false;
  std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<study::Launcher>> make_command_launcher(CommandOptions options) {
  for (const auto* path : {&options.output_dir, &options.directory})
    if (!path->is_absolute())
      return Error{Errc::invalid_argument, base::quote(path->string()) + " is no absolute path"};
  if (options.shim.empty() || !fs::path(options.shim.front()).is_absolute())
    return Error{Errc::invalid_argument, "jobs need a shim, given by its absolute path"};
  const auto jobs = options.output_dir / "jobs";
  std::error_code error;
  fs::create_directories(jobs, error);
  if (error)
    return Error{Errc::store, "cannot make " + jobs.string() + ": " + error.message() +
                                  "; choose another output directory"};
  auto worker = options.worker ? Result<study::Worker>(*options.worker)
                               : host_worker(jobs, options.slots, options.resources);
  if (!worker) return worker.error();
  base::Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC)),
      wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{};
  event.events = EPOLLIN;
  if (!epoll || !wake || ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0)
    return Error{Errc::store, std::string("cannot watch jobs: ") + std::strerror(errno) +
                                  "; raise the limit on open files (ulimit -n)"};
  return std::unique_ptr<study::Launcher>(std::make_unique<CommandLauncher>(
      std::move(options), *std::move(worker), std::move(epoll), std::move(wake)));
}

}  // namespace sherpa::schedulers
