#pragma once

#include <sherpa/trial.hpp>

#include <filesystem>
#include <optional>

namespace sherpa {

/// The implementation of a Trial.
class Trial::Backend {
 public:
  virtual ~Backend() = default;

  virtual TrialId id() const = 0;
  virtual AttemptId attempt() const = 0;
  virtual const Configuration& parameters() const = 0;
  virtual void report(const Observation& observation) = 0;
  virtual bool should_stop() = 0;
  virtual std::filesystem::path save_dir() = 0;
  virtual std::optional<std::filesystem::path> load_dir() const = 0;
  virtual void publish() = 0;
};

namespace study {

/// A trial to look at, as a stopping rule gets it; refuses everything else.
class TrialRecord final : public Trial::Backend {
 public:
  TrialRecord(TrialId id, const Configuration& parameters) : id_(id), parameters_(parameters) {}

  TrialId id() const override { return id_; }
  AttemptId attempt() const override { return 0; }
  const Configuration& parameters() const override { return parameters_; }
  void report(const Observation& observation) override;
  bool should_stop() override { return false; }
  std::filesystem::path save_dir() override;
  std::optional<std::filesystem::path> load_dir() const override { return std::nullopt; }
  void publish() override;

 private:
  TrialId id_;
  const Configuration& parameters_;
};

}  // namespace study
}  // namespace sherpa
