#include "runtime/coordinator/open_study.hpp"

#include "algorithms/registry.hpp"
#include "core/base/log.hpp"
#include "core/base/random_id.hpp"
#include "core/base/text.hpp"
#include "core/space/column_names.hpp"
#include "core/space/specification.hpp"
#include "core/space/specification_limits.hpp"

#include <utility>

namespace sherpa::runtime {

using base::quote;
namespace fact = study::fact;

namespace {

/// The checked setup, with values derived from it.
struct Checked {
  space::SearchSpace space;
  std::string parameters;
  std::string algorithm;
  std::string stopping_rule;
  study::Limits limits;
  std::string command;
};

Result<Checked> check(const StudySetup& setup, const DriverOptions& options) {
  if (auto checked = space::check(setup.algorithm); !checked) return checked.error();
  if (setup.stopping_rule)
    if (auto checked = space::check(*setup.stopping_rule); !checked) return checked.error();

  auto parameters = setup.parameters;
  if (parameters.empty()) {
    auto* iterate = std::get_if<Iterate>(&space::options_of(setup.algorithm));
    if (!iterate)
      return Error{Errc::invalid_argument, "the study has no parameters; give it at least one"};
    try {
      parameters = parameters_of(iterate->configurations);
    } catch (const Exception& e) {
      return Error{e.code(), std::string("Iterate: ") + e.what()};
    }
  }
  auto space = space::SearchSpace::make(std::move(parameters));
  if (!space) return space.error();

  Checked checked;
  checked.parameters = space::parameters_to_json(space->parameters());
  checked.space = *std::move(space);
  checked.algorithm = setup.algorithm.to_json();
  if (setup.stopping_rule) checked.stopping_rule = setup.stopping_rule->to_json();
  checked.limits = options.limits;
  checked.command = options.command;
  if (auto budget = space::budget_of(setup.algorithm)) checked.limits.budget = budget;
  checked.limits.group_size = space::group_size_of(setup.algorithm);
  return checked;
}

/// A stored study of an earlier version may have such parameters, and keeps them.
Result<void> check_new(const space::SearchSpace& space) {
  for (const auto& parameter : space.parameters())
    if (space::is_fixed_column(parameter.name()))
      return Error{Errc::invalid_argument, "parameter " + quote(parameter.name()) +
                                               " has the name of a column of the results; give it "
                                               "another name"};
  return {};
}

fact::StudyCreated new_study(const StudySetup& setup, const Checked& checked) {
  return {.uuid = base::new_uuid(),
          .format = study::format_version,
          .name = name_of(setup),
          .parameters = checked.parameters,
          .lower_is_better = setup.lower_is_better,
          .algorithm = checked.algorithm,
          .stopping_rule = checked.stopping_rule,
          .seed = setup.random_seed.value_or(base::random_seed() >> 1),
          .limits = checked.limits,
          .command = checked.command};
}

/// The first parameter that differs, in words.
std::string difference(const std::vector<Parameter>& there, const std::vector<Parameter>& here) {
  for (std::size_t i = 0; i < std::min(there.size(), here.size()); ++i)
    if (!(there[i] == here[i])) {
      if (there[i].name() != here[i].name())
        return "parameter " + quote(there[i].name()) + " there is " + quote(here[i].name()) +
               " here";
      return "parameter " + quote(here[i].name()) + " is another one there";
    }
  return "there are " + std::to_string(there.size()) + " parameters there and " +
         std::to_string(here.size()) + " here";
}

/// Refuses changes that a stored study does not allow, or allows only with --update.
Result<fact::StudyChanged> compare(const fact::StudyCreated& there, const StudySetup& setup,
                                   const Checked& here) {
  auto refuse = [](const std::string& what, const std::string& remedy) {
    return Error{Errc::invalid_argument,
                 "the study there cannot be resumed: " + what + "; " + remedy};
  };
  const std::string elsewhere = "use another output directory for a new study";
  if (there.parameters != here.parameters) {
    auto parameters = space::parameters_from_json(there.parameters);
    return refuse(
        parameters ? difference(*parameters, here.space.parameters()) : parameters.error().message,
        elsewhere);
  }
  if (there.lower_is_better != setup.lower_is_better)
    return refuse(
        std::string("lower_is_better is ") + (there.lower_is_better ? "true" : "false") + " there",
        elsewhere);
  if (setup.random_seed && *setup.random_seed != there.seed)
    return refuse("random_seed is " + std::to_string(there.seed) + " there and " +
                      std::to_string(*setup.random_seed) + " here",
                  "leave it out, or " + elsewhere);
  auto algorithm = space::algorithm_from_json(there.algorithm);
  bool same_algorithm = algorithm && space::only_raises_limits(*algorithm, setup.algorithm);
  if (!same_algorithm && !setup.update)
    return refuse("its algorithm is " + there.algorithm + " there and " + here.algorithm + " here",
                  "set update (sherpa run --update) to change it, or " + elsewhere);
  if (there.stopping_rule != here.stopping_rule && !setup.update)
    return refuse("its stopping rule is " +
                      (there.stopping_rule.empty() ? "none" : there.stopping_rule) + " there and " +
                      (here.stopping_rule.empty() ? "none" : here.stopping_rule) + " here",
                  "set update (sherpa run --update) to change it, or " + elsewhere);
  if (!there.command.empty() && there.command != here.command && !setup.update)
    return refuse("its command is " + there.command + " there and " +
                      (here.command.empty() ? "none" : here.command) + " here",
                  "set update (sherpa run --update) to change it, or " + elsewhere);
  return fact::StudyChanged{here.algorithm, here.stopping_rule, here.limits, !same_algorithm,
                            here.command};
}

Result<std::unique_ptr<study::AlgorithmHost>> make_algorithm(
    const AlgorithmSpecification& specification, const space::SearchSpace& space,
    const fact::StudyCreated& study, std::uint64_t before,
    std::shared_ptr<const study::Ledger> ledger) {
  try {
    auto built = algorithms::build(specification, space, study.lower_is_better);
    if (!built) return built.error();
    std::string name = specification.name();
    if (auto* own = std::get_if<OwnAlgorithm>(&space::options_of(specification)))
      name = quote(own->own);
    return std::make_unique<study::AlgorithmHost>(std::move(name), *std::move(built), space,
                                                  study.lower_is_better, study.seed, before,
                                                  std::move(ledger));
  } catch (const std::exception& e) {  // only a user's own can throw here
    return Error{Errc::user_code,
                 "making algorithm " + specification.to_json() + " threw: " + e.what()};
  }
}

std::unique_ptr<study::RuleHost> make_rule(const StoppingRuleSpecification& specification,
                                           bool lower_is_better,
                                           std::shared_ptr<const study::Ledger> ledger) {
  std::string name = specification.name();
  if (auto* own = std::get_if<OwnStoppingRule>(&space::options_of(specification)))
    name = quote(own->own);
  return std::make_unique<study::RuleHost>(
      std::move(name), algorithms::build(specification, lower_is_better), std::move(ledger));
}

}  // namespace

Result<std::unique_ptr<study::AlgorithmHost>> build_algorithm(
    const AlgorithmSpecification& specification, const space::SearchSpace& space,
    const study::Engine& engine) {
  auto before = engine.issued_before_algorithm();
  auto host = make_algorithm(specification, space, engine.study(), before, engine.ledger());
  if (!host) return host;
  if (engine.prunes()) (*host)->release_trials();
  engine.ledger()->retell([&](const study::Entry& entry) { (*host)->learn(entry); });
  (*host)->load(engine.issued_by_algorithm() - before);
  return host;
}

std::unique_ptr<study::RuleHost> build_rule(const StoppingRuleSpecification& specification,
                                            const study::Engine& engine) {
  auto host = make_rule(specification, engine.study().lower_is_better, engine.ledger());
  engine.ledger()->retell([&](const study::Entry& entry) { host->learn(entry); });
  return host;
}

namespace {

Result<std::unique_ptr<study::Hosts>> build_hosts(const StudySetup& setup,
                                                  const space::SearchSpace& space,
                                                  const study::Engine& engine) {
  auto algorithm = build_algorithm(setup.algorithm, space, engine);
  if (!algorithm) return algorithm.error();
  auto hosts = std::make_unique<study::Hosts>(*std::move(algorithm), nullptr);
  try {
    if (setup.stopping_rule) hosts->rule = build_rule(*setup.stopping_rule, engine);
  } catch (const std::exception& e) {
    return Error{Errc::user_code,
                 "making stopping rule " + setup.stopping_rule->to_json() + " threw: " + e.what()};
  }
  return hosts;
}

}  // namespace

std::string name_of(const StudySetup& setup) {
  auto name = setup.name;
  if (name.empty()) name = setup.output_dir.filename().string();
  if (name.empty()) name = setup.output_dir.parent_path().filename().string();  // "runs/digits/"
  return name.empty() ? "study" : name;
}

Result<OpenStudy> open_study(const StudySetup& setup, const DriverOptions& options,
                             study::Store* store, base::Now now) {
  auto checked = check(setup, options);
  if (!checked) return checked.error();

  auto engine =
      std::make_unique<study::Engine>(study::Engine::Options{.prefetch = options.prefetch,
                                                             .prune = setup.prune_checkpoints,
                                                             .placement = options.placement,
                                                             .token = options.token});
  if (store) {
    auto replayed = store->replay([&](study::Entry&& entry) -> Result<void> {
      if (!engine->follows(entry.fact))
        return Error{Errc::damaged,
                     "fact " + std::to_string(entry.seq) + " cannot follow those before it"};
      engine->apply(entry);
      if (options.viewer) options.viewer->show({&entry, 1});
      return {};
    });
    if (!replayed) return replayed.error();
  }
  const bool resumed = engine->created();
  study::Pipeline pipeline(std::move(engine), store != nullptr, options.viewer);
  if (options.listener) pipeline.add_listener(*options.listener);

  study::Step first;
  if (resumed) {
    auto change = compare(pipeline.engine().study(), setup, *checked);
    if (!change) return change.error();
    first = pipeline.handle(study::command::Change{*std::move(change)}, now);
  } else {
    if (auto fine = check_new(checked->space); !fine) return fine.error();
    first = pipeline.handle(study::command::Create{new_study(setup, *checked)}, now);
  }
  // The hosts are built from the engine's facts so far, and learn those that follow.
  auto hosts = build_hosts(setup, checked->space, pipeline.engine());
  if (!hosts) return hosts.error();
  OpenStudy open{.space = checked->space,
                 .pipeline = std::move(pipeline),
                 .hosts = *std::move(hosts),
                 .released = std::move(first.released),
                 .question = first.question,
                 .planned = space::planned_of(setup.algorithm, checked->space),
                 .resumed = resumed};
  open.pipeline.begin(open.hosts->algorithm->traits());
  open.pipeline.add_listener(*open.hosts);
  if (resumed) {
    auto recovered =
        open.pipeline.handle(study::command::Recover{"a new run", options.retry_failed}, now);
    for (auto& effect : recovered.released) open.released.push_back(std::move(effect));
    if (recovered.question) open.question = recovered.question;
  }
  return open;
}

}  // namespace sherpa::runtime
