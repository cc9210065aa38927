#include "runtime/coordinator/study_steering.hpp"

#include "core/base/quiet_thread.hpp"

#include <utility>

namespace sherpa::runtime {

namespace {

Error too_late() { return {Errc::wrong_state, "the study ends"}; }

/// Runs a function that may throw, and returns its result or error.
template <class T, class F>
Result<T> result_of(const F& work) {
  try {
    return work();
  } catch (const Exception& e) {
    return Error{e.code(), e.what()};
  }
}

}  // namespace

StudySteering::StudySteering(Study study) : study_(std::move(study)) {
  thread_ = base::quiet_thread([this](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !work_.empty(); }) && !stop.stop_requested()) {
      auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work(true);
      lock.lock();
    }
  });
}

StudySteering::~StudySteering() {
  thread_.request_stop();
  thread_.join();
  for (const auto& work : work_) work(false);
}

void StudySteering::later(Work work) {
  std::scoped_lock lock(mutex_);
  work_.push_back(std::move(work));
  changed_.notify_all();
}

void StudySteering::steer(study::SteeringCommand command, std::function<void(Result<void>)> done) {
  later([this, command = std::move(command), done = std::move(done)](bool in_time) {
    if (!in_time) return done(too_late());
    done(result_of<void>([&]() -> Result<void> {
      study_.act(command);
      return {};
    }));
  });
}

void StudySteering::progress(std::function<void(Result<Progress>)> show) {
  later([this, show = std::move(show)](bool in_time) {
    show(in_time ? result_of<Progress>([&]() -> Result<Progress> { return study_.progress(); })
                 : too_late());
  });
}

}  // namespace sherpa::runtime
