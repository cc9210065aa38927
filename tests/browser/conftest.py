"""Studies that run, and a browser that looks at them."""
import fcntl
import json
import os
import pathlib
import re
import signal
import subprocess
import textwrap

import pytest
from chromium import Chromium

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("SHERPA_BUILD", ROOT / "build/release"))
SHERPA = BUILD / "sherpa"

# Reports, then waits until the test releases the lock; SIGTERM stops it.
TRIAL = """
    import fcntl
    import sherpa
    client = sherpa.Client()
    trial = client.get_trial()
    for i in range(1, 6):
        client.send_metrics(trial, i, float(trial.id) / i, context={"loss": 10.0 * trial.id / i})
    print("trial", trial.id, "has reported; <b>no markup</b>", flush=True)
    with open("hold") as hold:
        fcntl.flock(hold, fcntl.LOCK_SH)
"""


class Study:
    """`sherpa run` in a directory of its own."""

    def __init__(self, directory, file, hold=False):
        self.directory = directory
        directory.mkdir(exist_ok=True)
        (directory / "trial.py").write_text(textwrap.dedent(TRIAL))
        (directory / "study.yaml").write_text(textwrap.dedent(file))
        self._hold = open(directory / "hold", "w")
        if hold:
            fcntl.flock(self._hold, fcntl.LOCK_EX)
        self.process = None

    @property
    def output(self):
        return self.directory / "output/study"

    def start(self, *words):
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "python/src"), "TERM": "dumb"}
        self.process = subprocess.Popen([SHERPA, "run", "study.yaml", *words], cwd=self.directory, env=environment, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            if line.startswith("by a tunnel"):
                break
        self.link = re.search(r"https?://\S+/open/\S+", self.said)[0]
        self._drain = subprocess.Popen(["cat"], stdin=self.process.stderr, stdout=subprocess.DEVNULL)
        return self.link

    def release(self):
        fcntl.flock(self._hold, fcntl.LOCK_UN)

    def end(self, how=signal.SIGINT):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
        if self.process:
            self.process.wait(timeout=60)
            self._drain.wait()
        return self.process.returncode

    def tell(self, *words):
        return subprocess.run([SHERPA, words[0], self.output, *words[1:]], check=True, capture_output=True, text=True).stdout

    def rows(self):
        return json.loads(self.tell("export", "--json"))


@pytest.fixture(scope="session")
def chromium():
    browser = Chromium()
    yield browser
    browser.close()


@pytest.fixture
def tab(chromium):
    return chromium.tab()


@pytest.fixture
def make_study(tmp_path):
    made = []

    def make(file, hold=False, name="s"):
        made.append(Study(tmp_path / name, file, hold))
        return made[-1]

    yield make
    for study in made:
        if study.process and study.process.poll() is None:
            study.end(signal.SIGKILL)


class Shown:
    """`sherpa dashboard` of stopped studies."""

    def __init__(self, *directories):
        self.process = subprocess.Popen([SHERPA, "dashboard", *directories], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.link = self.process.stdout.readline().split()[1]

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def show():
    shown = []

    def open_page(*directories):
        shown.append(Shown(*directories))
        return shown[-1].link

    yield open_page
    for one in shown:
        one.close()


@pytest.fixture(scope="session")
def stored(tmp_path_factory):
    """Stopped studies, made once: (trials, iterations) → directory."""
    made = {}

    def make(trials, iterations):
        if (trials, iterations) not in made:
            directory = tmp_path_factory.mktemp("stored") / f"study-{trials}"
            subprocess.run([BUILD / "benchmarks/big_study", directory, str(trials), str(iterations)], check=True)
            made[trials, iterations] = directory
        return made[trials, iterations]

    return make
