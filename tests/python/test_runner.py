"""SHERPA's runner: what it writes down, and studies that the command `sherpa` runs."""

import csv
import json
import math
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import textwrap

import pytest
import sherpa
from sherpa import _optimize

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "release" / "sherpa"

needs_command = pytest.mark.skipif(not BUILT.exists(), reason="the command is not built: build/release/sherpa")


def code_of(call):
    with pytest.raises(sherpa.SherpaError) as e:
        call()
    return e.value.code, str(e.value)


def study(**more):
    options = dict(
        parameters=[sherpa.Continuous("lr", [1e-3, 1], "log")],
        algorithm=sherpa.algorithms.RandomSearch(max_num_trials=3),
        lower_is_better=True,
        command="true",
    )
    return _optimize.study_file(**{**options, **more})


def test_parameters_and_their_dicts():
    parameters = [
        sherpa.Continuous(name="lr", range=[1e-3, 1], scale="log"),
        sherpa.Discrete("units", [32, 256]),
        sherpa.Ordinal("batch", range=[16, 32]),
        sherpa.Choice("act", ["relu", "tanh"]),
    ]
    dicts = [p.to_dict() for p in parameters]
    assert [sherpa.Parameter.from_dict(one) if "scale" in one else sherpa.Parameter.from_dict(one) for one in dicts] == parameters
    assert sherpa.Parameter.grid({"act": ["relu", "tanh"]}) == [parameters[3]]
    for parameter in parameters:
        for _ in range(50):
            value = parameter.sample()
            if parameter.type in ("ordinal", "choice"):
                assert value in parameter.range
            else:
                assert parameter.range[0] <= value <= parameter.range[1]
    assert {sherpa.Discrete("n", [1, 2]).sample() for _ in range(100)} == {1, 2}
    assert repr(parameters[0]) == "Continuous(name='lr', range=[0.001, 1], scale='log')"


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: sherpa.Continuous("", [0, 1]), "a parameter's name is a text, not ''"),
        (lambda: sherpa.Continuous("x", [0, 1], "log"), "a log scale needs positive bounds"),
        (lambda: sherpa.Continuous("x", [0, 1], "cubic"), "its scale is linear or log, not 'cubic'"),
        (lambda: sherpa.Continuous("x", [0, 1, 2]), "needs two bounds"),
        (lambda: sherpa.Choice("x", "relu"), "its range is a list, not 'relu'"),
        (lambda: sherpa.Parameter.from_dict({"name": "x", "type": "contnuous", "range": [0, 1]}), "its type is one of continuous"),
        (lambda: sherpa.Parameter.from_dict({"name": "x", "range": [0, 1]}), "it needs a 'type'"),
        (lambda: sherpa.Parameter.from_dict({"name": "x", "type": "choice", "range": [0], "scale": "log"}), "have a scale"),
        (lambda: sherpa.Parameter.from_dict({"nmae": "x"}), "no 'nmae'"),
        (lambda: study(algorithm="RandomSearch"), "algorithm: expected one of sherpa.algorithms, not 'RandomSearch'"),
        (lambda: study(parameters=["x"]), "parameters: expected sherpa.Continuous"),
        (lambda: study(parameters=None), "parameters: expected a list"),
        (lambda: study(command=None), "either command or filename"),
        (lambda: study(filename="trial.py"), "either command or filename"),
        (lambda: study(scheduler="slurm"), "scheduler: expected one of sherpa.schedulers"),
        (lambda: study(stopping_rule=3), "stopping_rule: expected one of sherpa.algorithms"),
        (lambda: type("Mine", (sherpa.algorithms.Algorithm,), {})(), "Mine: this package describes algorithms"),
        (lambda: type("Mine", (sherpa.schedulers.Scheduler,), {})(), "Mine: this package describes schedulers"),
        (lambda: sherpa.optimize(study()["parameters"], None, True, load="a", output_dir="b"), "are two directories"),
        (lambda: sherpa.optimize(None, None, True, load="/nowhere/at/all"), "there is no study in /nowhere/at/all"),
    ],
)
def test_mistakes_are_named(call, says):
    code, message = code_of(call)
    assert code == "invalid_argument" and says in message and "\n" not in message


def test_what_is_written_down(monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    written = study(
        command=None,
        filename="trial {1}.py",
        output_dir="/tmp/some where",
        scheduler=sherpa.schedulers.LocalScheduler(submit_options="nice -n 5", resources=[0, 1]),
        max_concurrent=2,
        stopping_rule=sherpa.algorithms.MedianStoppingRule(min_trials=5),
        dashboard_port=8900,
        disable_dashboard=True,
        resubmit_failed_trials=True,
        random_seed=7,
    )
    assert written.pop("run").pop("environment", None) in (None, {"PYTHONPATH": str(ROOT / "python" / "src")})
    assert written == {
        "sherpa": 1,
        "name": "some where",
        "lower_is_better": True,
        "parameters": [{"name": "lr", "type": "continuous", "range": [1e-3, 1], "scale": "log"}],
        "algorithm": {"name": "RandomSearch", "max_num_trials": 3},
        "stopping_rule": {"name": "MedianStoppingRule", "min_trials": 5},
        "output_dir": "/tmp/some where",
        "random_seed": 7,
        "dashboard": {"port": 8900, "enabled": False},
    }
    run = study(
        command=None, filename="trial {1}.py", scheduler=sherpa.schedulers.SLURMScheduler("--time=1:00:00", "env.sh"), resubmit_failed_trials=2
    )["run"]
    assert run["command"] == [sys.executable, "trial {{1}}.py"]
    assert run["scheduler"] == {"name": "SLURMScheduler", "submit_options": "--time=1:00:00", "environment": "env.sh"}
    assert run["retry"] == {"failed": 2}
    assert study(scheduler=sherpa.schedulers.SGEScheduler())["run"]["scheduler"] == {"name": "SGEScheduler"}


def test_braces_that_name_no_parameter_mean_themselves():
    assert study(command="awk '{print {lr}}' ${HOME}/{rl}")["run"]["command"] == "awk '{{print {lr}}}' ${{HOME}}/{{rl}}"
    assert study(command=["python3", "t.py", "--lr={lr}", "{}"])["run"]["command"] == ["python3", "t.py", "--lr={lr}", "{{}}"]


def test_algorithms_are_names_with_options():
    a = sherpa.algorithms
    assert a.GridSearch().to_dict() == {"name": "GridSearch"}
    assert a.GPyOpt(max_num_trials=150, initial_data_points=({"lr": 0.1},)).to_dict() == {
        "name": "GPyOpt",
        "initial_data_points": [{"lr": 0.1}],
        "max_num_trials": 150,
    }
    assert a.SuccessiveHalving(R=27, s=1).to_dict() == {"name": "SuccessiveHalving", "R": 27, "s": 1}
    assert a.PopulationBasedTraining(5, parameter_range={"lr": (0.1, 1)}, perturbation_factors=(0.5, 2)).to_dict() == {
        "name": "PopulationBasedTraining",
        "num_generations": 5,
        "parameter_range": {"lr": [0.1, 1]},
        "perturbation_factors": [0.5, 2],
    }
    assert a.LocalSearch(seed_configuration={"lr": 0.1}).to_dict() == {"name": "LocalSearch", "seed_configuration": {"lr": 0.1}}
    assert a.Genetic(max_num_trials=5).to_dict() == {"name": "Genetic", "max_num_trials": 5}
    nested = a.Chain([a.GridSearch(3), a.Repeat(a.RandomSearch(2), num_times=3, agg=True)])
    assert nested.to_dict()["algorithms"][1] == {
        "name": "Repeat",
        "algorithm": {"name": "RandomSearch", "max_num_trials": 2},
        "num_times": 3,
        "agg": True,
    }
    assert a.Iterate([{"lr": 1}, {"lr": 2}, {"lr": 1}]).get_parameter() == [sherpa.Choice("lr", [1, 2])]
    assert "parameters" not in study(parameters=None, algorithm=a.Iterate([{"lr": 1}]))


def test_a_data_frame_of_initial_points():
    pandas = pytest.importorskip("pandas")
    algorithm = sherpa.algorithms.GPyOpt(initial_data_points=pandas.DataFrame({"lr": [0.5], "n": [3]}))
    text = json.dumps(algorithm.to_dict(), default=_optimize._number)
    assert json.loads(text)["initial_data_points"] == [{"lr": 0.5, "n": 3}]


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a program in the place of the command."""

    def put(text):
        file = tmp_path / "sherpa"
        file.write_text("#!/bin/sh\n" + textwrap.dedent(text))
        file.chmod(0o755)
        monkeypatch.setenv("SHERPA_COMMAND", str(file))

    return put


def run(tmp_path, **more):
    options = dict(
        parameters=[sherpa.Continuous("lr", [0, 1])],
        algorithm=sherpa.algorithms.RandomSearch(max_num_trials=4),
        lower_is_better=True,
        command="sherpa trial report --objective {lr}",
        output_dir=str(tmp_path / "out"),
        verbose=0,
    )
    return sherpa.optimize(**{**options, **more})


def test_where_the_command_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("SHERPA_COMMAND", "/no/such/sherpa")
    assert "SHERPA_COMMAND is '/no/such/sherpa'" in code_of(_optimize.find_command)[1]
    monkeypatch.delenv("SHERPA_COMMAND")
    monkeypatch.setattr(_optimize, "__file__", str(tmp_path / "a" / "b" / "c" / "d" / "_optimize.py"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no command 'sherpa' in PATH" in code_of(_optimize.find_command)[1]
    (tmp_path / "sherpa").write_text("")
    (tmp_path / "sherpa").chmod(0o755)
    assert _optimize.find_command() == str(tmp_path / "sherpa")


def test_what_goes_wrong_is_the_commands_one_line(tmp_path, program):
    program("echo 'sherpa: study.yaml:3: something' >&2; exit 2")
    assert code_of(lambda: run(tmp_path)) == ("invalid_argument", "study.yaml:3: something")
    program("""echo '{"error": "study.yaml:4: more", "exit_code": 4}'; exit 4""")
    assert code_of(lambda: run(tmp_path)) == ("store", "study.yaml:4: more")
    program("exit 3")
    assert code_of(lambda: run(tmp_path)) == ("refused", "sherpa run ended with the code 3")
    program("echo nonsense")
    assert code_of(lambda: run(tmp_path))[0] == "internal"
    program("exit 130")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    program("""echo '{"why": "budget", "best": null, "results": "x"}'""")
    assert run(tmp_path) == {}


@pytest.fixture
def built(monkeypatch):
    """The real command, for the runner and for trials."""
    monkeypatch.setenv("SHERPA_COMMAND", str(BUILT))
    monkeypatch.setenv("PATH", f"{BUILT.parent}:{os.environ['PATH']}")


@needs_command
def test_a_study_runs_and_goes_on(tmp_path, built):
    best = run(tmp_path, random_seed=7)
    assert set(best) == {"Trial-ID", "Iteration", "lr", "Objective"} and best["lr"] == best["Objective"]
    assert run(tmp_path, random_seed=7) == best
    assert run(tmp_path, load=str(tmp_path / "out"), output_dir=None, algorithm=sherpa.algorithms.RandomSearch(6))["Objective"] <= best["Objective"]
    table = (tmp_path / "out" / "results.csv").read_text().splitlines()
    assert table[0] == "Trial-ID,Status,Iteration,lr,Objective" and sum("COMPLETED" in row for row in table) == 6
    code, message = code_of(lambda: run(tmp_path, lower_is_better=False))
    assert code == "invalid_argument" and "lower_is_better is true there" in message


@needs_command
def test_the_best_prediction(tmp_path, built):
    run(tmp_path, algorithm=sherpa.algorithms.GPyOpt(max_num_trials=8), random_seed=7)
    predicted = sherpa.get_best_pred(str(tmp_path / "out"))
    assert set(predicted) == {"lr"} and predicted["lr"] < 0.1
    assert str(tmp_path / "none") in code_of(lambda: sherpa.get_best_pred(str(tmp_path / "none")))[1]


STUDY_FILES = sorted(file for place in ("examples", "docker") for file in (ROOT / place).rglob("*.yaml") if "sherpa: 1" in file.read_text())


@needs_command
@pytest.mark.parametrize("file", STUDY_FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_study_files_are_valid(file):
    done = subprocess.run([BUILT, "validate", file], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@needs_command
@pytest.mark.parametrize("name", ["initial_points", "local_search"])
def test_the_study_files_of_the_examples_run(tmp_path, name):
    shutil.copytree(ROOT / "examples" / "python", tmp_path / "examples" / "python")
    file = tmp_path / "examples" / "python" / (name + ".yaml")
    text = file.read_text().replace("max_num_trials: 40", "max_num_trials: 4").replace("python3,", json.dumps(sys.executable) + ",")
    file.write_text(text.replace("python/src", str(ROOT / "python" / "src")))
    done = subprocess.run([BUILT, "run", file, "--json"], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "4 of 4 trials" in done.stderr and json.loads(done.stdout)["best"]["objective"] > 0
    with open(tmp_path / "runs" / (name + "_py") / "results.csv", newline="") as table:
        rows = [{key: float(row[key]) for key in ("proportional", "integral", "derivative")} for row in csv.DictReader(table)]
    assert {"proportional": 0.05, "integral": 1e-4, "derivative": 0.5} in rows


@needs_command
def test_verbose_shows_the_study(tmp_path, built, capsys):
    run(tmp_path, verbose=1)
    assert "4 of 4 trials" in capsys.readouterr().err


@needs_command
def test_a_runner_of_sherpas_runs_unchanged(tmp_path):
    """As SHERPA's users write it: a program of its own, beside the trial's."""
    (tmp_path / "trial.py").write_text(
        textwrap.dedent(
            """
            import sherpa
            client = sherpa.Client()
            trial = client.get_trial()
            for i in range(3):
                client.send_metrics(trial=trial, iteration=i + 1, objective=trial.parameters["x"] ** 2 + i, context={"i": i})
            """
        )
    )
    (tmp_path / "runner.py").write_text(
        textwrap.dedent(
            """
            import sherpa
            parameters = [sherpa.Continuous(name="x", range=[-1.0, 1.0]), sherpa.Choice(name="act", range=["relu", "tanh"])]
            results = sherpa.optimize(parameters=parameters,
                                      algorithm=sherpa.algorithms.RandomSearch(max_num_trials=5),
                                      lower_is_better=True,
                                      command="python3 trial.py",
                                      scheduler=sherpa.schedulers.LocalScheduler(),
                                      stopping_rule=sherpa.algorithms.MedianStoppingRule(min_iterations=2, min_trials=4),
                                      max_concurrent=2, verbose=0)
            print(sorted(results))
            """
        )
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src"), "SHERPA_COMMAND": str(BUILT)}
    done = subprocess.run([sys.executable, "runner.py"], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['Iteration', 'Objective', 'Trial-ID', 'act', 'i', 'x']"
    (out,) = tmp_path.glob("output_*")
    assert (out / "jobs" / "trial_1.out").exists()


@needs_command
def test_the_example_runs(tmp_path):
    shutil.copytree(ROOT / "examples" / "python", tmp_path / "examples" / "python")
    runner = tmp_path / "examples" / "python" / "runner.py"
    runner.write_text(runner.read_text().replace("max_num_trials=40", "max_num_trials=4"))
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src"), "SHERPA_COMMAND": str(BUILT)}
    done = subprocess.run([sys.executable, str(runner)], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "'training_error'" in done.stdout and "4 of 4 trials" in done.stderr


@needs_command
def test_interrupted_it_leaves_a_study_that_goes_on(tmp_path, built):
    os.mkfifo(tmp_path / "here")
    (tmp_path / "runner.py").write_text(
        "import sherpa\n"
        "sherpa.optimize([sherpa.Continuous('lr', [0, 1])], sherpa.algorithms.RandomSearch(2), True, verbose=0,\n"
        f"    command='echo on > {tmp_path}/here; exec sleep 1000', output_dir={str(tmp_path / 'out')!r})\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src")}
    with subprocess.Popen([sys.executable, "runner.py"], cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True) as runner:
        assert (tmp_path / "here").read_text() == "on\n"
        runner.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in runner.communicate()[1]
    status = subprocess.run([str(BUILT), "status", str(tmp_path / "out")], capture_output=True, text=True)
    assert "run it again to resume" in status.stdout, status.stdout + status.stderr
    assert not [p for p in pathlib.Path("/proc").glob("[0-9]*/environ") if _mentions(p, f"SHERPA_OUTPUT_DIR={tmp_path / 'out'}")]


def _mentions(file, text):
    try:
        return text.encode() in file.read_bytes()
    except OSError:
        return False


def test_nothing_is_needed_to_describe_a_study(tmp_path):
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src")}
    code = "import sherpa; sherpa.algorithms.RandomSearch(3); sherpa.schedulers.LocalScheduler(); sherpa.Choice('a', [1])"
    done = subprocess.run([sys.executable, "-W", "error", "-S", "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_failed_study_names_the_reason_and_the_output(tmp_path, program):
    program("""echo '{"error": "no trial completed: 3 failed", "exit_code": 1, "last_failure": {"output": "out/jobs/trial_3.out"}}'; exit 1""")
    assert code_of(lambda: run(tmp_path)) == (
        "study_failed",
        "no trial completed: 3 failed; its output: out/jobs/trial_3.out",
    )
    program("""echo '{"best": {"trial": 2, "iteration": 1, "objective": 1, "parameters": {}, "context": {}, "status": "FAILED"}}'""")
    with pytest.warns(RuntimeWarning, match="trial 2, which failed"):
        assert run(tmp_path)["Trial-ID"] == 2


def test_time_budget_and_retries_are_handed_over(tmp_path, program, monkeypatch):
    assert study(time_budget="8h", time_budget_per_run=True).items() >= {"time_budget": "8h", "time_budget_per_run": True}.items()
    assert "time_budget" not in study()
    program("""echo "{\\"best\\": null, \\"words\\": \\"$*\\"}"; case "$*" in *--retry-failed*) exit 0;; esac; exit 4""")
    assert run(tmp_path, retry_failed=True) == {}
    assert code_of(lambda: run(tmp_path))[0] == "store"


@needs_command
def test_failed_trials_run_again(tmp_path, built):
    data = tmp_path / "data"
    command = f"cat {data} && sherpa trial report --objective {{lr}}"
    code, message = code_of(lambda: run(tmp_path, command=command))
    assert code == "study_failed" and "no trial completed: 4 failed" in message and "jobs/trial_4.out" in message
    data.write_text("")
    best = run(tmp_path, command=command, retry_failed=True)
    assert best["Trial-ID"] > 4
def test_the_best_result_keeps_parameters_and_metrics_apart():
    best = {
        "trial": 3,
        "iteration": 2,
        "objective": 0.5,
        "parameters": {"lr": 0.1, "context.act": 1},
        "context": {"lr": 0.05, "Status": 1, "context.lr": 2, "act": 3, "loss": "NaN"},
    }
    row = _optimize._best({"best": best})
    assert math.isnan(row.pop("loss"))
    assert row == {
        "Trial-ID": 3,
        "Iteration": 2,
        "lr": 0.1,
        "context.act": 1,
        "Objective": 0.5,
        "context.lr": 0.05,
        "context.Status": 1,
        "context.context.lr": 2,
        "context.context.act": 3,
    }
    best["parameters"] = {"Objective": 7}
    assert _optimize._best({"best": best})["parameters.Objective"] == 7, "of a study of an earlier version"


def test_default_directories_are_different_and_made_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_optimize.time, "strftime", lambda _: "output_now")
    (tmp_path / "output_now-3").write_text("somebody's file")
    made = [os.path.basename(_optimize._new_directory()) for _ in range(4)]
    assert made == ["output_now", "output_now-2", "output_now-4", "output_now-5"]
    assert all((tmp_path / name).is_dir() for name in made)
    tmp_path.chmod(0o500)
    if os.geteuid() != 0:
        assert code_of(_optimize._new_directory)[0] == "store"
    tmp_path.chmod(0o700)


@needs_command
def test_calls_in_one_second_run_a_study_each(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_optimize.time, "strftime", lambda _: "output_now")
    for seed in range(3):
        sherpa.optimize(
            [sherpa.Continuous("x", [0, 1])],
            sherpa.algorithms.RandomSearch(max_num_trials=1),
            True,
            command=[str(BUILT), "trial", "report", "--objective", "1"],
            disable_dashboard=True,
            verbose=0,
            random_seed=seed,
        )
    assert sorted(os.listdir(tmp_path)) == ["output_now", "output_now-2", "output_now-3"]


@needs_command
def test_a_refused_study_leaves_no_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parameters = [sherpa.Continuous("Objective", [0, 1])]
    code, message = code_of(lambda: sherpa.optimize(parameters, sherpa.algorithms.RandomSearch(2), True, command="true", verbose=0))
    assert code == "invalid_argument" and "has the name of a column of the results" in message
    assert not any(tmp_path.glob("output_*/results.csv"))
