#!/usr/bin/env python3
"""Floods the HTTP port of a study that runs, over loopback, and shows whether the study notices.

    tests/faults/flood.py build/release/sherpa --connections 5000 --kind silent slow large

Each kind floods a study of its own from beginning to end with that many connections at once, none of which has a token:
`silent` says nothing, `slow` sends a head a byte at a time, `large` announces 990 kB and sends as much of them as is taken.
A connection that the server closes is opened again. Exit code 1 where a trial did not complete, or where the coordinator took
more memory than --memory.
"""

import argparse
import contextlib
import json
import pathlib
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import time

STUDY = """\
sherpa: 1
lower_is_better: true
parameters: [{{name: x, type: continuous, range: [0, 1]}}]
algorithm: {{name: RandomSearch, max_num_trials: {trials}}}
run:
  command: [sh, -c, '"$0" trial report --objective 1 && "$0" trial end', {sherpa}]
  max_concurrent: 4
output_dir: output
"""
LARGE = 990_000
SLOW = b"POST /api/v1/observations HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
HEAD = b"POST /api/v1/observations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % LARGE


class Stranger:
    def __init__(self, kind, port, selector):
        self.kind, self.selector = kind, selector
        self.rest = {"silent": b"", "slow": SLOW + b"x" * 8000, "large": HEAD + b" " * LARGE}[kind]
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.sock.connect_ex(("127.0.0.1", port))
        selector.register(self.sock, selectors.EVENT_READ | (selectors.EVENT_WRITE if kind == "large" else 0), self)

    def close(self):
        self.selector.unregister(self.sock)
        self.sock.close()

    def send(self, most):
        with contextlib.suppress(BlockingIOError):
            self.rest = self.rest[self.sock.send(self.rest[:most]) :]

    def serve(self, events):
        """False when the server has closed the connection."""
        try:
            if events & selectors.EVENT_READ and not self.sock.recv(65536):
                return False
            if events & selectors.EVENT_WRITE and self.rest:
                self.send(65536)
                if not self.rest:
                    self.selector.modify(self.sock, selectors.EVENT_READ, self)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True


class Flood:
    def __init__(self, kind, count, port):
        self.kind, self.count, self.port = kind, count, port
        self.selector = selectors.DefaultSelector()
        self.strangers = set()
        self.opened = 0
        self.dripped = 0.0

    def step(self):
        for _ in range(min(200, self.count - len(self.strangers))):
            self.strangers.add(Stranger(self.kind, self.port, self.selector))
            self.opened += 1
        for key, events in self.selector.select(0.01):
            if not key.data.serve(events):
                self.strangers.discard(key.data)
                key.data.close()
        if self.kind == "slow" and time.monotonic() - self.dripped > 1:
            self.dripped = time.monotonic()
            for one in self.strangers:
                with contextlib.suppress(OSError):
                    one.send(1)

    def close(self):
        for one in self.strangers:
            one.close()


def memory_of(pid):
    """The most that the process has had, in MB; 0 when it has ended."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1000
    return 0


def wait_for_port(study, deadline):
    while time.monotonic() < deadline and study.poll() is None:
        with contextlib.suppress(OSError, ValueError, KeyError):
            url = json.loads(pathlib.Path("output/endpoint").read_text())["url"]
            return int(url.rsplit(":", 1)[1])
        time.sleep(0.01)
    sys.exit("the study did not begin")


def run(kind, options, sherpa):
    pathlib.Path("study.yaml").write_text(STUDY.format(trials=options.trials, sherpa=json.dumps(sherpa)))
    limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (options.descriptors,) * 2)) if options.descriptors else None
    begin = time.monotonic()
    deadline = begin + options.time
    with open("log", "w", encoding="utf-8") as log:
        study = subprocess.Popen([sherpa, "run", "study.yaml"], stderr=log, stdout=log, preexec_fn=limit)
    flood = Flood(kind, options.connections, wait_for_port(study, deadline))
    most = 0
    try:
        while study.poll() is None and time.monotonic() < deadline:
            flood.step()
            most = max(most, memory_of(study.pid))
    finally:
        flood.close()
        if study.poll() is None:
            study.terminate()
    code = study.wait(timeout=60)
    export = subprocess.run([sherpa, "export", "output", "--json"], capture_output=True, text=True, check=False)
    rows = json.loads(export.stdout or "[]")
    completed = sum(row["status"] == "COMPLETED" for row in rows)
    lines = len(pathlib.Path("log").read_text().splitlines())
    print(
        f"{kind}: {flood.opened} connections in {time.monotonic() - begin:.1f} s; exit code {code}, "
        f"{completed} of {options.trials} trials completed, {most:.0f} MB, {lines} lines of log"
    )
    return code == 0 and completed == options.trials and most <= options.memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sherpa", type=pathlib.Path)
    parser.add_argument("--kind", nargs="+", choices=["silent", "slow", "large"], default=["silent", "slow", "large"])
    parser.add_argument("--connections", type=int, default=5000, help="at once")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--descriptors", type=int, help="that the coordinator may have open")
    parser.add_argument("--memory", type=float, default=100, help="that it may take, in MB")
    parser.add_argument("--time", type=float, default=300, help="seconds for one study")
    options = parser.parse_args()
    sherpa = str(options.sherpa.resolve())
    fine = True
    for kind in options.kind:
        with tempfile.TemporaryDirectory() as directory, contextlib.chdir(directory):
            fine = run(kind, options, sherpa) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
