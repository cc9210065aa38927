"""A runner for SHERPA: it runs unchanged with SHERPA and with this runtime, and runs trial.py beside it.

    python3 examples/python/runner.py          from the top of the repository, with the command sherpa built

The package need not be installed (PYTHONPATH=python/src); the trials inherit that path.
"""
import sherpa

parameters = [
    sherpa.Continuous(name="lr", range=[1e-3, 1], scale="log"),
    sherpa.Continuous(name="momentum", range=[0, 0.95]),
    sherpa.Discrete(name="degree", range=[1, 9]),
    sherpa.Ordinal(name="batch", range=[1, 4, 16]),
]

best = sherpa.optimize(
    parameters=parameters,
    algorithm=sherpa.algorithms.RandomSearch(max_num_trials=40),
    lower_is_better=True,
    stopping_rule=sherpa.algorithms.MedianStoppingRule(min_iterations=5, min_trials=5),
    command="python3 examples/python/trial.py",
    scheduler=sherpa.schedulers.LocalScheduler(),
    max_concurrent=2,
    output_dir="runs/runner_py",
)
print(best)
