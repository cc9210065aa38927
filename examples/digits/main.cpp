// Tunes a neural network on handwritten digits: training in this process, several trials at once, a
// median stopping rule, a live view. After an interruption the same command resumes the study.

#include "data.hpp"
#include "network.hpp"

#include <sherpa/sherpa.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

struct Arguments {
  std::filesystem::path directory = "runs/digits";
  std::string data = DIGITS_DATA;
  std::uint64_t trials = 40;
  int epochs = 150;
  std::uint32_t jobs = std::max(2u, std::thread::hardware_concurrency());
  std::optional<sherpa::Dashboard> dashboard = sherpa::Dashboard{};
};

constexpr const char* usage =
    "usage: digits [DIRECTORY] [--trials N] [--epochs N] [--jobs N] [--data FILE]\n"
    "\n"
    "Tunes a network on handwritten digits and leaves the study in DIRECTORY (runs/digits);\n"
    "a study that is there already is resumed.\n"
    "  --trials N   configurations to try (40)\n"
    "  --epochs N   passes over the training images, at most, for each (150)\n"
    "  --jobs N     trials at once (as many as there are processors, at least 2)\n"
    "  --data FILE  digits.csv.gz\n"
    "  --dashboard-host HOST  where the page listens that shows it live (127.0.0.1)\n"
    "  --no-dashboard         no page\n";

template <class T>
T number(const std::string& option, const std::string& text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1)
    throw std::invalid_argument(option + " needs a whole number from 1, not '" + text + "'");
  return value;
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  bool has_directory = false;
  for (int i = 1; i < argc; ++i) {
    std::string arg = argv[i];
    if (arg == "--help" || arg == "-h") {
      std::cout << usage;
      std::exit(0);
    }
    if (arg == "--no-dashboard") {
      arguments.dashboard.reset();
    } else if (arg.starts_with("--")) {
      if (i + 1 == argc) throw std::invalid_argument(arg + " needs a value");
      std::string value = argv[++i];
      if (arg == "--trials") {
        arguments.trials = number<std::uint64_t>(arg, value);
      } else if (arg == "--epochs") {
        arguments.epochs = number<int>(arg, value);
      } else if (arg == "--jobs") {
        arguments.jobs = number<std::uint32_t>(arg, value);
      } else if (arg == "--data") {
        arguments.data = value;
      } else if (arg == "--dashboard-host") {
        arguments.dashboard = sherpa::Dashboard{.host = value};
      } else {
        throw std::invalid_argument("unknown option " + arg);
      }
    } else if (has_directory) {
      throw std::invalid_argument("one directory is enough, and '" + arg + "' is a second");
    } else {
      arguments.directory = arg;
      has_directory = true;
    }
  }
  return arguments;
}

/// An argument quoted for a shell.
std::string for_shell(const std::string& argument) {
  if (argument.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./=:,") ==
          std::string::npos &&
      !argument.empty())
    return argument;
  std::string out = "'";
  for (char c : argument) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// One trial: trains a network and reports the validation accuracy of every epoch.
void train(sherpa::Trial& trial, const digits::Data& data, int epochs) {
  digits::Network network({.learning_rate = trial.get<double>("learning_rate"),
                           .decay = trial.get<double>("decay"),
                           .momentum = trial.get<double>("momentum"),
                           .dropout = trial.get<double>("dropout"),
                           .batch = trial.get<int>("batch"),
                           .units = trial.get<int>("units"),
                           .activation = trial.get<std::string>("activation")},
                          1);
  if (auto checkpoint = trial.load_dir()) network.load(*checkpoint / "network.bin");
  while (network.epochs() < epochs && !trial.should_stop()) {
    double loss = network.train(data.training);
    trial.report({.objective = network.accuracy(data.validation),
                  .iteration = network.epochs(),
                  .context = {{"loss", loss}}});
  }
  network.save(trial.save_dir() / "network.bin");
}

}  // namespace

int main(int argc, char** argv) try {
  const auto arguments = parse(argc, argv);
  const auto data = digits::load(arguments.data);
  sherpa::StopOnSignals signals;

  using sherpa::Scale;
  auto best = sherpa::optimize(
      {.parameters = {sherpa::Continuous{"learning_rate", {1e-3, 1}, Scale::log},
                      sherpa::Continuous{"decay", {1e-5, 1e-2}, Scale::log},
                      sherpa::Continuous{"momentum", {0, 0.95}},
                      sherpa::Continuous{"dropout", {0, 0.5}},
                      sherpa::Ordinal{"batch", {8, 16, 32, 64, 128}},
                      sherpa::Discrete{"units", {16, 512}, Scale::log},
                      sherpa::Choice{"activation", {"relu", "tanh", "sigmoid"}}},
       .algorithm = sherpa::RandomSearch{.max_num_trials = arguments.trials},
       .lower_is_better = false,
       .stopping_rule = sherpa::MedianStoppingRule{.min_iterations = 5, .min_trials = 5},
       .output_dir = arguments.directory,
       .dashboard = arguments.dashboard},
      [&](sherpa::Trial& trial) { train(trial, data, arguments.epochs); },
      {.max_concurrent = arguments.jobs, .stop = signals.token(), .progress = sherpa::live_view()});

  std::string again = for_shell(argv[0]);
  for (int i = 1; i < argc; ++i) (again += ' ') += for_shell(argv[i]);
  if (best) {
    std::cout << "\nbest validation accuracy " << best->objective << ", trial " << best->trial_id
              << " at epoch " << best->iteration << ":\n";
    for (auto [name, value] : best->parameters) std::cout << "  " << name << " = " << value << '\n';
  }
  std::cout << "\nall results    " << (arguments.directory / "results.csv").string()
            << "\nrun it again   " << again
            << (signals.exit_code() == 0 ? "   (it is finished; raise --trials to continue)\n"
                                         : "   (it resumes where it stopped)\n");
  return signals.exit_code();
} catch (const std::invalid_argument& e) {
  std::cerr << "digits: " << e.what() << "\n\n" << usage;
  return 2;
} catch (const sherpa::Exception& e) {
  std::cerr << "digits: " << e.what() << '\n';
  return sherpa::exit_code(e.code());
} catch (const std::exception& e) {
  std::cerr << "digits: " << e.what() << '\n';
  return 1;
}
