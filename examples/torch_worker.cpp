// A worker that trains with libtorch: a small network that separates two moons. Built where
// libtorch is installed (Debian: libtorch-dev).
//
//   sherpa run study.yaml              # has run: {function: train}, workers: {launch: none}
//   torch_worker output/study/join 2   # on each host; 2 trials at once
//
// The study's parameters are `lr`, `units` (hidden units) and `dropout`.

#include <sherpa/sherpa.hpp>

#include <torch/torch.h>
#include <cstdlib>
#include <exception>
#include <iostream>

namespace {

/// Two half circles, one for each class.
std::pair<torch::Tensor, torch::Tensor> moons(std::int64_t n, std::uint64_t seed) {
  auto random = at::detail::createCPUGenerator(seed);
  auto angle = torch::rand({n}, random) * 3.14159265;
  auto label = torch::arange(n).remainder(2);
  auto upper = torch::stack({angle.cos(), angle.sin()}, 1);
  auto lower = torch::stack({1 - angle.cos(), 0.5 - angle.sin()}, 1);
  auto x =
      torch::where(label.unsqueeze(1) == 0, upper, lower) + 0.15 * torch::randn({n, 2}, random);
  return {x, label};
}

void train(sherpa::Trial& trial) {
  auto [x, y] = moons(512, 1);
  auto [test_x, test_y] = moons(512, 2);
  const auto units = trial.get<int>("units");
  torch::nn::Sequential net(torch::nn::Linear(2, units), torch::nn::ReLU(),
                            torch::nn::Dropout(trial.get<double>("dropout")),
                            torch::nn::Linear(units, 2));
  torch::optim::Adam optimizer(net->parameters(), trial.get<double>("lr"));
  if (auto from = trial.load_dir()) torch::load(net, (*from / "net.pt").string());
  for (int epoch = 1; epoch <= 30 && !trial.should_stop(); ++epoch) {
    net->train();
    optimizer.zero_grad();
    auto loss = torch::cross_entropy_loss(net->forward(x), y);
    loss.backward();
    optimizer.step();
    torch::NoGradGuard no_grad;
    net->eval();
    auto accuracy =
        net->forward(test_x).argmax(1).eq(test_y).to(torch::kFloat64).mean().item<double>();
    trial.report(
        {.objective = accuracy, .iteration = epoch, .context = {{"loss", loss.item<double>()}}});
  }
  torch::save(net, (trial.save_dir() / "net.pt").string());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::cerr << "usage: torch_worker JOIN_FILE [SLOTS]\n";
    return 2;
  }
  torch::set_num_threads(1);  // trials run side by side
  const auto slots = argc > 2 ? static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)) : 1;
  sherpa::Worker worker({.join = argv[1], .slots = slots});
  return worker.run("train", train);
} catch (const std::exception& e) {
  std::cerr << "torch_worker: " << e.what() << '\n';
  return 1;
}
