"""The trial's side of Sherpa: a program that `sherpa run` started asks what to try and says what it measured.

    client = sherpa.Client()
    trial = client.get_trial()
    for epoch in range(1, 21):
        loss = train(trial.parameters)
        client.send_metrics(trial, iteration=epoch, objective=loss)
"""

from sherpa._client import Client, Trial
from sherpa._error import SherpaError
from sherpa._version import __version__

# As users know them, in tracebacks too.
for _class in (Client, SherpaError, Trial):
    _class.__module__ = __name__
del _class

__all__ = ["Client", "SherpaError", "Trial", "__version__"]
