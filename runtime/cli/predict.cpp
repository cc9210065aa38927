#include "core/space/access.hpp"
#include "core/space/json.hpp"
#include "core/space/specification.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/store/stored_study.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/results.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>
#include <variant>

namespace sherpa::cli {

namespace {

using Json = nlohmann::ordered_json;

/// For a stopped study.
int predict(const std::filesystem::path& directory, bool json) {
  auto stored = runtime::read_stored_study(directory);
  if (!stored && stored.error().code == Errc::locked)
    throw Exception({Errc::wrong_state,
                     directory.string() + " is running; the prediction is made when it has ended"});
  if (!stored) throw Exception(stored.error());
  const auto& created = (*stored)->study();
  const auto algorithm = space::algorithm_from_json(created.algorithm).or_throw();
  const auto* options = std::get_if<BayesianOptimization>(&space::options_of(algorithm));
  const auto best =
      (options ? *options : BayesianOptimization())
          .get_best_pred(space::parameters_from_json(created.parameters).or_throw(),
                         internal::Access::results((*stored)->ledger()), created.lower_is_better);
  if (json) {
    std::cout << Json{{"parameters", best ? space::json::write(*best) : Json()}}.dump(2) << '\n';
  } else if (best) {
    std::cout << *best << '\n';
  } else {
    std::cout << "no trial has measured anything finite\n";
  }
  return 0;
}

}  // namespace

void add_predict(CLI::App& app, Invocation& invocation) {
  auto directory = std::make_shared<std::filesystem::path>();
  auto* command = add_command(app, invocation, "predict",
                              "Print the configuration that a surrogate model predicts to be best",
                              "sherpa predict output/digits", [directory, &invocation] {
                                return predict(*directory, invocation.json);
                              });
  add_directory(*command, *directory);
  add_json(*command, invocation);
}

}  // namespace sherpa::cli
