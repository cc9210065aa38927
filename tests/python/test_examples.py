"""The examples' trials run, against a trial API in this process."""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# `sherpa trial …`, as much of it as a script can see.
COMMAND = """
import argparse, os, sys
sys.path.insert(0, {source!r})
import sherpa
parser = argparse.ArgumentParser()
words = parser.add_subparsers(dest="room", required=True).add_parser("trial").add_subparsers(dest="word", required=True)
words.add_parser("get").add_argument("name")
report = words.add_parser("report")
report.add_argument("--iteration", type=int, required=True)
report.add_argument("--objective", type=float, required=True)
report.add_argument("--context", action="append", default=[])
words.add_parser("should-stop")
end = words.add_parser("end")
end.add_argument("--status", required=True)
end.add_argument("--message", default="")
given = parser.parse_args()
client = sherpa.Client()
if given.word == "get":
    print(client.get_trial().parameters[given.name])
elif given.word == "report":
    context = {{name: float(value) for name, _, value in (pair.partition("=") for pair in given.context)}}
    sys.exit(10 if client.send_metrics(None, given.iteration, given.objective, context) else 0)
elif given.word == "end":
    client.end(None, given.status, given.message)
else:
    sys.exit(10 if client.should_stop() else 0)
"""


@pytest.fixture
def run(tmp_path, api):
    """Runs a command as a trial, in the directory where the study files expect it; returns its exit code."""
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "sherpa.py").write_text(COMMAND.format(source=str(ROOT / "python" / "src")))
    (bin / "sherpa").write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{bin / "sherpa.py"}" "$@"\n')
    (bin / "sherpa").chmod(0o755)

    def start(*command):
        env = {**os.environ, "PATH": f"{bin}:{os.environ['PATH']}", "PYTHONPATH": "python/src", "TMPDIR": str(tmp_path)}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
        print(done.stdout + done.stderr)
        return done.returncode

    return start


def iterations(api):
    return [row["iteration"] for row in api.observations]


def test_random_forest(api, run):
    if importlib.util.find_spec("sklearn") is None:
        pytest.skip("this Python has no scikit-learn; on Debian: python3-sklearn")
    api.parameters = {"n_estimators": 10, "max_depth": 8, "min_samples_leaf": 1, "criterion": "entropy"}
    assert run(sys.executable, "examples/python/random_forest.py") == 0
    assert iterations(api) == list(range(1, 11))
    assert api.observations[-1]["objective"] > 0.9
    api.seen.clear()
    del api.observations[:]
    api.stop = True
    assert run(sys.executable, "examples/python/random_forest.py") == 0
    assert iterations(api) == [1]


@pytest.mark.parametrize("target", [{"resource": 3, "rung": 1}, {"generation": 2}])
def test_network_resumes_from_a_checkpoint(api, run, tmp_path, monkeypatch, target):
    if importlib.util.find_spec("sklearn") is None:
        pytest.skip("this Python has no scikit-learn; on Debian: python3-sklearn")
    chosen = {"learning_rate": 0.05, "momentum": 0.9, "alpha": 1e-4, "batch": 32, "load_from": "", "save_to": "7"}
    saved = tmp_path / "checkpoints" / "7" / "1"
    saved.mkdir(parents=True)
    api.parameters = {**chosen, "resource": 1, "rung": 0}
    assert run(sys.executable, "examples/python/network.py") == 0
    assert iterations(api) == [1]
    first = api.observations[0]["objective"]
    saved.rename(tmp_path / "loaded")
    saved.mkdir()
    api.seen.clear()
    del api.observations[:]
    monkeypatch.setenv("SHERPA_LOAD_DIR", str(tmp_path / "loaded"))
    api.parameters = {**chosen, **target, "learning_rate": 0.02, "load_from": "6"}
    assert run(sys.executable, "examples/python/network.py") == 0
    assert iterations(api) == ([2, 3] if "resource" in target else [2, 3, 4])
    assert api.observations[-1]["objective"] > first
    assert (saved / "network.pickle").exists()


def test_oven(api, run):
    api.parameters = {"proportional": 0.05, "integral": 1e-4, "derivative": 0.5}
    assert run(sys.executable, "examples/python/oven.py") == 0
    assert iterations(api) == [1]
    controlled = api.observations[0]["objective"]
    api.seen.clear()
    del api.observations[:]
    api.parameters = {"proportional": 1e-3, "integral": 1e-6, "derivative": 1e-3}
    assert run(sys.executable, "examples/python/oven.py") == 0
    assert 0 < controlled < api.observations[0]["objective"]


@pytest.fixture
def xz():
    missing = [name for name in ("xz", "gzip", "split", "awk") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"there is no {', '.join(missing)}")


def test_trial_sh(api, run, xz, tmp_path):
    api.parameters = {"lc": 3, "lp": 0, "pb": 2, "mf": "bt4", "nice": 64}
    assert run("sh", "examples/python/trial.sh") == 0
    assert iterations(api) == list(range(1, 9))
    assert 0.1 < api.observations[-1]["objective"] < 0.3
    assert not list(tmp_path.glob("tmp.*"))


def test_trial_sh_stops_on_request(api, run, xz):
    api.parameters = {"lc": 3, "lp": 0, "pb": 2, "mf": "bt4", "nice": 64}
    api.stop = True
    assert run("sh", "examples/python/trial.sh") == 0
    assert iterations(api) == [1]


def test_trial_sh_says_why_it_fails(api, run, xz):
    api.parameters = {"lc": 4, "lp": 1, "pb": 2, "mf": "bt4", "nice": 64}
    assert run("sh", "examples/python/trial.sh") == 1
    assert api.ended == {"status": "failed", "message": "xz: The sum of lc and lp must not exceed 4"}


def test_trial_py(api, run):
    api.parameters = {"lr": 0.05, "momentum": 0.5, "degree": 5, "batch": 4}
    assert run(sys.executable, "examples/python/trial.py") == 0
    assert iterations(api) == list(range(1, 31))
    assert api.observations[-1]["objective"] < 0.02


def test_trial_py_diverging_reports_what_it_saw(api, run):
    api.parameters = {"lr": 1.0, "momentum": 0.95, "degree": 9, "batch": 1}
    assert run(sys.executable, "examples/python/trial.py") == 0
    assert iterations(api) == list(range(1, 31))
    assert api.observations[-1]["objective"] == "NaN"
