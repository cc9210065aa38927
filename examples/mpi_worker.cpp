// A worker whose trials all ranks of an MPI job train together: each rank has a shard of the data,
// gradients are averaged, and rank 0 talks to Sherpa.
//
//   sherpa run study.yaml                        # has run: {function: train}, workers: {launch:
//   none} mpirun -n 4 mpi_worker output/study/join
//
// Fits a line by mini-batch gradient descent, with the study's parameters `lr` and `momentum`.

#include <sherpa/sherpa.hpp>

#include <mpi.h>
#include <array>
#include <exception>
#include <iostream>
#include <random>
#include <vector>

namespace {

constexpr int epochs = 20;

/// This rank's shard of noisy data for y = 2 x - 1.
struct Shard {
  std::vector<double> x, y;

  explicit Shard(int rank) {
    std::mt19937 random(static_cast<unsigned>(rank));
    std::uniform_real_distribution<double> place(-1, 1);
    std::normal_distribution<double> noise(0, 0.1);
    for (int i = 0; i < 1000; ++i) {
      x.push_back(place(random));
      y.push_back(2 * x.back() - 1 + noise(random));
    }
  }
};

/// The orders of rank 0 to the other ranks.
enum class Order { train, go_on, stop, leave };

Order tell(Order order) {
  int number = static_cast<int>(order);
  MPI_Bcast(&number, 1, MPI_INT, 0, MPI_COMM_WORLD);
  return static_cast<Order>(number);
}

class Line {
 public:
  Line(const Shard& shard, double lr, double momentum)
      : shard_(shard), lr_(lr), momentum_(momentum) {}

  /// Trains one epoch on all ranks; returns the mean squared error over all shards.
  double epoch() {
    constexpr std::size_t batch = 50;
    double error = 0;
    for (std::size_t from = 0; from < shard_.x.size(); from += batch) {
      std::array<double, 4> sums{};  // gradients, squared errors, examples
      for (std::size_t i = from; i < from + batch; ++i) {
        const double off = slope_ * shard_.x[i] + offset_ - shard_.y[i];
        sums[0] += 2 * off * shard_.x[i];
        sums[1] += 2 * off;
        sums[2] += off * off;
        sums[3] += 1;
      }
      MPI_Allreduce(MPI_IN_PLACE, sums.data(), 4, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
      slope_ += slope_step_ = momentum_ * slope_step_ - lr_ * sums[0] / sums[3];
      offset_ += offset_step_ = momentum_ * offset_step_ - lr_ * sums[1] / sums[3];
      error = sums[2] / sums[3];
    }
    return error;
  }

 private:
  const Shard& shard_;
  double lr_, momentum_;
  double slope_ = 0, offset_ = 0, slope_step_ = 0, offset_step_ = 0;
};

/// Runs on every rank. `next` says whether there is another epoch; `report` receives its result.
template <class Next, class Report>
void train(const Shard& shard, std::array<double, 2> options, Next next, Report report) {
  MPI_Bcast(options.data(), 2, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  Line line(shard, options[0], options[1]);
  for (int epoch = 1; next(epoch) == Order::go_on; ++epoch) report(epoch, line.epoch());
}

int lead(const char* join, const Shard& shard) {
  sherpa::Worker worker({.join = join});  // one slot: the ranks train one model at a time
  int code = worker.run("train", [&](sherpa::Trial& trial) {
    tell(Order::train);
    try {
      train(
          shard, {trial.get<double>("lr"), trial.get<double>("momentum")},
          [&](int epoch) {
            return tell(epoch > epochs || trial.should_stop() ? Order::stop : Order::go_on);
          },
          [&](int epoch, double error) { trial.report({.objective = error, .iteration = epoch}); });
    } catch (...) {
      tell(Order::stop);  // the other ranks wait for an order
      throw;
    }
  });
  tell(Order::leave);
  return code;
}

int follow(const Shard& shard) {
  while (tell({}) == Order::train)
    train(
        shard, {}, [](int) { return tell({}); }, [](int, double) {});
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Trials run on a thread of the worker: MPI is called from there, not from this thread.
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided);
  int rank = 0, code = 2;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (argc < 2 || provided < MPI_THREAD_SERIALIZED) {
    if (rank == 0)
      std::cerr << (argc < 2 ? "usage: mpirun -n RANKS mpi_worker JOIN_FILE\n"
                             : "this MPI takes no calls from other threads\n");
  } else {
    try {
      const Shard shard(rank);
      code = rank == 0 ? lead(argv[1], shard) : follow(shard);
    } catch (const std::exception& e) {
      std::cerr << "mpi_worker, rank " << rank << ": " << e.what() << '\n';
      MPI_Abort(MPI_COMM_WORLD, 1);
    }
  }
  MPI_Finalize();
  return code;
}
