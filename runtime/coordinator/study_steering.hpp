#pragma once

#include "core/study/steering.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace sherpa::runtime {

/// Lets people watch and steer a study that its caller's own threads drive. What they ask is done
/// by a thread of this, one after the other: they need not wait while an algorithm thinks.
class StudySteering final : public study::Steerable {
 public:
  struct Study {
    /// Returns when it is stored; throws Exception.
    std::function<void(const study::SteeringCommand&)> act;
    std::function<Progress()> progress;
    std::function<Results()> results;
  };

  explicit StudySteering(Study study);
  /// What still waits is refused.
  ~StudySteering() override;
  StudySteering(const StudySteering&) = delete;
  StudySteering& operator=(const StudySteering&) = delete;

  void steer(study::SteeringCommand command, std::function<void(Result<void>)> done) override;
  void progress(std::function<void(Result<Progress>)> show) override;
  Results results() const override { return study_.results(); }

 private:
  /// Called with false when there is no time left for it.
  using Work = std::function<void(bool)>;
  void later(Work work);

  const Study study_;
  std::mutex mutex_;
  std::deque<Work> work_;
  std::condition_variable_any changed_;
  std::jthread thread_;
};

}  // namespace sherpa::runtime
