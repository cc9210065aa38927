"""Sherpa in a Python program.

The trial's side: a program that `sherpa run` started asks what to try and says what it measured.

    client = sherpa.Client()
    trial = client.get_trial()
    for epoch in range(1, 21):
        loss = train(trial.parameters)
        client.send_metrics(trial, iteration=epoch, objective=loss)

The runner's side, in SHERPA's words: `optimize` writes a study file and has the command `sherpa` run it.

    best = sherpa.optimize(
        parameters=[sherpa.Continuous("lr", [1e-4, 1e-1], "log")],
        algorithm=sherpa.algorithms.RandomSearch(max_num_trials=40),
        lower_is_better=True,
        command="python3 train.py",
    )
"""

from sherpa import algorithms, schedulers
from sherpa._client import Client, Trial
from sherpa._error import SherpaError
from sherpa._optimize import get_best_pred, optimize
from sherpa._parameters import Choice, Continuous, Discrete, Ordinal, Parameter
from sherpa._version import __version__

# As users know them, in tracebacks too.
for _one in (Client, SherpaError, Trial, Choice, Continuous, Discrete, Ordinal, Parameter, get_best_pred, optimize):
    _one.__module__ = __name__
del _one

__all__ = [
    "Choice",
    "Client",
    "Continuous",
    "Discrete",
    "Ordinal",
    "Parameter",
    "SherpaError",
    "Trial",
    "__version__",
    "algorithms",
    "get_best_pred",
    "optimize",
    "schedulers",
]
