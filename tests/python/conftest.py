import json
import os
import pathlib
import signal
import socket
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python" / "src"), str(pathlib.Path(__file__).parent)]

import sherpa  # noqa: E402
import sherpa._client  # noqa: E402
import sherpa._trial_api  # noqa: E402
from fake_trial_api import FakeTrialApi  # noqa: E402


# A shell that starts the tests in the background lets them ignore SIGINT, and so would every program they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


class FakeTime:
    """Time that passes only where somebody sleeps; `then` holds what happens during the next sleeps."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []
        self.then = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        assert seconds > 0
        self.slept.append(seconds)
        self.now += seconds
        if self.then:
            self.then.pop(0)()


@pytest.fixture
def time(monkeypatch):
    fake = FakeTime()
    made = sherpa._client.TrialApi

    def api(*args):
        return made(*args, sleep=fake.sleep, clock=fake.clock)

    monkeypatch.setattr(sherpa._client, "TrialApi", api)
    return fake


@pytest.fixture
def apis():
    """Opens trial APIs, and closes them in the end."""
    opened = []

    def open_api(**options):
        opened.append(FakeTrialApi(**options))
        return opened[-1]

    yield open_api
    for one in opened:
        one.close()


@pytest.fixture(autouse=True)
def nothing_of_sherpa(monkeypatch):
    for name in [name for name in os.environ if name.startswith("SHERPA_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """What `sherpa run` gives a trial whose trial API is at `url`."""

    def give(url):
        port = url.rsplit(":", 1)[1]
        (tmp_path / "token").write_text("secret\n")
        values = {
            "SHERPA_TRIAL_ID": "7",
            "SHERPA_ATTEMPT": "1",
            "SHERPA_URL": url,
            "SHERPA_TOKEN_FILE": str(tmp_path / "token"),
            "SHERPA_OUTPUT_DIR": str(tmp_path),
            "SHERPA_LOAD_DIR": "",
            "SHERPA_SAVE_DIR": str(tmp_path / "checkpoints" / "7" / "1"),
            "SHERPA_RESOURCE": "",
            "SHERPA_DB_HOST": "127.0.0.1",
            "SHERPA_DB_PORT": port,
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        return values

    return give


@pytest.fixture
def endpoint(tmp_path):
    """Writes the file `endpoint`, as a coordinator does when it starts."""

    def write(url, host=None):
        what = {"url": url, "host": socket.gethostname() if host is None else host, "pid": 4711, "epoch": 2}
        (tmp_path / "endpoint").write_text(json.dumps(what))

    return write


@pytest.fixture
def api(apis, environment):
    opened = apis()
    environment(opened.url)
    return opened


@pytest.fixture
def client(api, time):
    return sherpa.Client()
