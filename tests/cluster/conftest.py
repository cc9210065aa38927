"""Real batch systems on this machine, and studies that run through them as users would have it."""
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import time

import pytest

HERE = pathlib.Path(__file__).parent
SOURCE = HERE.parent.parent
KINDS = {"trial_issued": 2, "attempt_started": 3, "observation": 4, "attempt_ended": 6}  # core/study/facts.hpp
SHERPA = pathlib.Path(os.environ.get("SHERPA_COMMAND", SOURCE / "build/release/sherpa"))


def wait_for(what, seconds=60):
    """Returns what `what` returns, once that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing came of it within {seconds} s")


class BatchSystem:
    """A cluster of this test's own, made of the real programs."""

    def __init__(self, up, directory):
        # Not into a pipe: daemons would hold it open.
        with open(directory / "up.log", "w") as log:
            done = subprocess.run([HERE / up, "-q", directory / "c"], stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, (directory / "up.log").read_text()
        self.directory = directory / "c"
        text = subprocess.run(["bash", "-c", f". {self.directory}/env.sh && env -0"], capture_output=True, text=True, check=True).stdout
        self.env = dict(one.split("=", 1) for one in text.split("\0") if "=" in one)
        self.env["PATH"] = f"{SHERPA.parent}:/usr/lib/ccache:{self.env['PATH']}"

    def run(self, *words):
        done = subprocess.run([str(word) for word in words], env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.stderr}{done.stdout}"
        return done.stdout


class Slurm(BatchSystem):
    name, scheduler, hold, again = "slurm", "SLURMScheduler", "--hold", "--requeue"

    def alive(self):
        """Jobs that are not over: id → state."""
        lines = self.run("squeue", "--noheader", "--format=%i %T").splitlines()
        return {id: state for id, state in (line.split() for line in lines) if state != "COMPLETING"}

    def ever(self, study):
        """How many jobs were submitted for a study."""
        return sum(line.startswith(study + "-") for line in self.run("squeue", "-h", "-t", "all", "-o", "%j").splitlines())

    def running(self):
        return [id for id, state in self.alive().items() if state == "RUNNING"]

    def ended_with(self, id):
        return self.run("squeue", "-h", "-t", "all", "-j", id, "-o", "%T").strip()

    def cancel(self, *ids):
        self.run("scancel", *ids)

    def requeue(self, id):
        self.run("scontrol", "requeue", id)

    def down(self):
        subprocess.run([HERE / "slurm-down.sh", "-r", self.directory], check=True)


class GridEngine(BatchSystem):
    name, scheduler, hold, again = "sge", "SGEScheduler", "-h", "-r y"

    def alive(self):
        lines = self.run("qstat").splitlines()[2:]
        return {words[0]: words[4] for words in (line.split() for line in lines)}

    def ever(self, study):
        booked = subprocess.run(["qacct", "-j"], env=self.env, capture_output=True, text=True).stdout
        ids = re.findall(rf"jobname +{study}-\S*\s+jobnumber +(\d+)", booked)
        return len(set(ids) | set(self.alive()))

    def running(self):
        return [id for id, state in self.alive().items() if state in ("r", "Rr")]

    def cancel(self, *ids):
        self.run("qdel", ",".join(ids))

    def requeue(self, id):
        self.run("qmod", "-rj", id)

    def down(self):
        subprocess.run([HERE / "sge-down.sh", "-r", self.directory], check=True)


def bring_up(kind, up):
    # Names of sockets have a limit, and other users' jobs must get in.
    directory = pathlib.Path(subprocess.check_output(["mktemp", "-d", "/tmp/sherpa-cluster-XXXXXX"], text=True).strip())
    directory.chmod(0o755)
    cluster = kind(up, directory)
    yield cluster
    cluster.down()
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def slurm():
    yield from bring_up(Slurm, "slurm-up.sh")


@pytest.fixture(scope="session")
def sge():
    yield from bring_up(GridEngine, "sge-up.sh")


@pytest.fixture(params=["slurm", "sge"])
def cluster(request):
    return request.getfixturevalue(request.param)


class Study:
    """A study file, and the coordinator that runs it."""

    def __init__(self, cluster, directory, command, trials, options="", concurrent=4, more="", workers="", name=None):
        self.cluster, self.directory = cluster, directory
        self.name = name or directory.name.replace("_", "")[:20].strip("[]")
        self.out, self.log = directory / "out", directory / "log"
        self.process = None
        scheduler = "" if workers else f"\n  scheduler: {{name: {cluster.scheduler}, submit_options: \"{options}\"{more_of(more, 'scheduler')}}}"
        concurrency = "" if workers else f"\n  max_concurrent: {concurrent}"
        (directory / "study.yaml").write_text(
            f"""sherpa: 1
name: {self.name}
lower_is_better: true
parameters: [{{name: x, type: continuous, range: [0, 1]}}]
algorithm: {{name: RandomSearch, max_num_trials: {trials}}}
random_seed: 7
output_dir: {self.out}
{workers}
run:
  command: {command!r}
  grace: 5s{scheduler}{concurrency}{more_of(more, 'run')}
"""
        )

    def start(self):
        self.process = subprocess.Popen([SHERPA, "run", self.directory / "study.yaml"], env=self.cluster.env, cwd=self.directory,
                                        stdout=subprocess.DEVNULL, stderr=open(self.log, "a"))
        return self

    def wait(self, seconds=60):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.log.read_text()}\n{self.cluster.alive()}") from None

    def finish(self, code=0):
        assert self.wait() == code, self.log.read_text()
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def steer(self, verb, *words):
        self.cluster.run(SHERPA, verb, self.out, *words)

    def statuses(self):
        rows = [line.split(",") for line in (self.out / "results.csv").read_text().splitlines()]
        ended = [row[1] for row in rows[1:] if row[1] != "INTERMEDIATE"]
        return {status: ended.count(status) for status in set(ended)}

    def facts(self, kind):
        """Of a stopped study."""
        with sqlite3.connect(f"file:{self.out}/study.db?mode=ro", uri=True) as db:
            return db.execute("select trial, attempt, body from fact where kind = ? order by seq", (KINDS[kind],)).fetchall()

    def says(self, text):
        """What the ends of its attempts say."""
        return any(text.encode() in body for *_, body in self.facts("attempt_ended"))

    def output(self, trial=1):
        file = self.out / f"jobs/trial_{trial}.out"
        return file.read_text() if file.exists() else ""

    def tidy(self):
        """Nothing is left, neither in the queue nor in the directory."""
        wait_for(lambda: not self.cluster.alive())
        left = [file.name for file in (self.out / "jobs").iterdir() if file.suffix != ".out" and file.name != "worker"]
        assert left == [], left


def more_of(more, where):
    if not more:
        return ""
    text = more.get(where, "")
    return ", " + text if where == "scheduler" and text else "\n  " + text if text else ""


@pytest.fixture
def study(tmp_path, request):
    """Makes studies in this test's directory, and ends what is left of them."""
    made = []

    def make(cluster, command, trials, **how):
        made.append(Study(cluster, tmp_path, command, trials, **how))
        return made[-1]

    yield make
    for one in made:
        if one.process and one.process.poll() is None:
            one.kill()
        if left := list(one.cluster.alive()):
            one.cluster.cancel(*left)
        wait_for(lambda: not one.cluster.alive())
