#pragma once

/// Includes all public headers: the study loop, parallel optimize, workers, base classes for your
/// own algorithms, rules and schedulers, the live view.
#include <sherpa/algorithm.hpp>
#include <sherpa/algorithms.hpp>
#include <sherpa/client.hpp>
#include <sherpa/configuration.hpp>
#include <sherpa/contract.hpp>
#include <sherpa/error.hpp>
#include <sherpa/log.hpp>
#include <sherpa/optimize.hpp>
#include <sherpa/parameter.hpp>
#include <sherpa/progress.hpp>
#include <sherpa/random.hpp>
#include <sherpa/results.hpp>
#include <sherpa/run_study.hpp>
#include <sherpa/scheduler.hpp>
#include <sherpa/setup.hpp>
#include <sherpa/stopping_rule.hpp>
#include <sherpa/stopping_rules.hpp>
#include <sherpa/study.hpp>
#include <sherpa/terminal.hpp>
#include <sherpa/trial.hpp>
#include <sherpa/value.hpp>
#include <sherpa/version.hpp>
#include <sherpa/worker.hpp>
