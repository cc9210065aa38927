"""SHERPA's runner: a study is written down as a study file, and the command `sherpa` runs it."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from sherpa._error import SherpaError
from sherpa._parameters import as_dicts
from sherpa.algorithms import Algorithm, Iterate, StoppingRule, specification
from sherpa.schedulers import LocalScheduler, Scheduler

# The columns that every table of results has.
_COLUMNS = ("Trial-ID", "Status", "Iteration", "Objective", "Further-Metrics")
# What the command's exit codes say, as codes of a SherpaError.
_CODES = {1: "study_failed", 2: "invalid_argument", 3: "refused", 4: "store"}


def optimize(
    parameters: Optional[Sequence[Any]],
    algorithm: Algorithm,
    lower_is_better: bool,
    scheduler: Optional[Scheduler] = None,
    command: Union[str, Sequence[str], None] = None,
    filename: Optional[str] = None,
    output_dir: Optional[str] = None,
    max_concurrent: int = 1,
    stopping_rule: Optional[StoppingRule] = None,
    dashboard_port: Optional[int] = None,
    disable_dashboard: bool = False,
    resubmit_failed_trials: Union[bool, int] = False,
    verbose: int = 1,
    load: Optional[str] = None,
    db_port: Optional[int] = None,
    mongodb_args: Any = None,
    *,
    random_seed: Optional[int] = None,
    retry_failed: bool = False,
    time_budget: Union[float, str, None] = None,
    time_budget_per_run: bool = False,
) -> Dict[str, Any]:
    """Runs a study to its end, and returns its best result as a dict; an empty one when nothing finite was seen.

    command: what runs a trial, a line for the shell or a list of words; `{lr}` in it is the value of the parameter lr.
    filename: instead of that, a program in Python.
    output_dir: where the study is kept, by default a new `output_<date and time>` here. A study that it already holds is resumed.
    load: such a directory, too, as SHERPA calls it.
    verbose: 0 shows nothing while the study runs.
    retry_failed: the configurations of failed trials run again, as new trials.
    time_budget: seconds, or a text such as "8h"; then no trial starts any more, and running ones are asked to stop. Runs use it
    up together, unless time_budget_per_run is true.

    There is no database: db_port and mongodb_args are accepted, and mean nothing. Raises SherpaError, in one line; also when trials failed and none
    completed. Warns when the best result is that of a trial that failed.
    """
    if load and output_dir and os.path.abspath(load) != os.path.abspath(output_dir):
        raise SherpaError(f"load ({load!r}) and output_dir ({output_dir!r}) are two directories; a study is resumed in its own")
    given = load or output_dir
    directory = os.path.abspath(os.fspath(given)) if given else None
    if load and directory and not os.path.exists(os.path.join(directory, "study.db")):
        raise SherpaError(f"load: there is no study in {directory}")
    study = study_file(
        parameters=parameters,
        algorithm=algorithm,
        lower_is_better=lower_is_better,
        scheduler=scheduler,
        command=command,
        filename=filename,
        output_dir=directory,
        max_concurrent=max_concurrent,
        stopping_rule=stopping_rule,
        dashboard_port=dashboard_port,
        disable_dashboard=disable_dashboard,
        resubmit_failed_trials=resubmit_failed_trials,
        random_seed=random_seed,
        time_budget=time_budget,
        time_budget_per_run=time_budget_per_run,
    )
    if not directory:  # when all else about the study is known to be right
        study["output_dir"] = _new_directory()
        study["name"] = os.path.basename(study["output_dir"])
    try:
        text = json.dumps(study, indent=1, allow_nan=False, default=_number)
    except (TypeError, ValueError) as e:
        raise SherpaError(f"the study cannot be written down: {e}") from None
    with tempfile.NamedTemporaryFile("w", suffix=".json", prefix="sherpa-study-", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        words = [find_command(), "run", file.name, "--json", *(["--retry-failed"] if retry_failed else [])]
        return _best(_run(words, bool(verbose), file.name))


def get_best_pred(output_dir: str) -> Optional[Dict[str, Any]]:
    """The configuration of which a model of a study's results expects the best; it need not be one that was tried.

    With noisy objectives it is a better answer than the best result. The model is that of the study's GPyOpt, else its default.
    None when nothing finite was seen. The study must be stopped. Raises SherpaError, in one line.
    """
    directory = os.path.abspath(os.fspath(output_dir))
    return _run([find_command(), "predict", directory, "--json"], False, None, "parameters")["parameters"]


def study_file(
    parameters: Optional[Sequence[Any]],
    algorithm: Algorithm,
    lower_is_better: bool,
    scheduler: Optional[Scheduler] = None,
    command: Union[str, Sequence[str], None] = None,
    filename: Optional[str] = None,
    output_dir: Optional[str] = None,
    max_concurrent: int = 1,
    stopping_rule: Optional[StoppingRule] = None,
    dashboard_port: Optional[int] = None,
    disable_dashboard: bool = False,
    resubmit_failed_trials: Union[bool, int] = False,
    random_seed: Optional[int] = None,
    time_budget: Union[float, str, None] = None,
    time_budget_per_run: bool = False,
) -> Dict[str, Any]:
    """What `optimize` hands to `sherpa run`, as data."""
    if not isinstance(lower_is_better, (bool, int)):
        raise SherpaError(f"lower_is_better: expected True or False, not {lower_is_better!r}")
    if scheduler is None:
        scheduler = LocalScheduler()
    if not isinstance(scheduler, Scheduler):
        raise SherpaError(f"scheduler: expected one of sherpa.schedulers, not {scheduler!r}")
    derived = not parameters and isinstance(algorithm, Iterate)
    dicts = [] if derived else as_dicts(parameters)
    names = [one["name"] for one in dicts]
    run: Dict[str, Any] = {
        "command": _command(command, filename, names),
        "scheduler": scheduler.to_dict(),
        "max_concurrent": max_concurrent,
        "retry": {"failed": int(resubmit_failed_trials)},
    }
    if _import_path():
        run["environment"] = {"PYTHONPATH": _import_path()}
    study: Dict[str, Any] = {
        "sherpa": 1,
        "name": os.path.basename(output_dir) if output_dir else "study",
        "lower_is_better": bool(lower_is_better),
        "algorithm": specification(algorithm, Algorithm, "algorithm"),
        "run": run,
    }
    if not derived:
        study["parameters"] = dicts
    if stopping_rule is not None:
        study["stopping_rule"] = specification(stopping_rule, StoppingRule, "stopping_rule")
    if output_dir:
        study["output_dir"] = output_dir
    if random_seed is not None:
        study["random_seed"] = random_seed
    if time_budget is not None:
        study["time_budget"] = time_budget
    if time_budget_per_run:
        study["time_budget_per_run"] = True
    dashboard: Dict[str, Any] = {}
    if dashboard_port is not None:
        dashboard["port"] = dashboard_port
    if disable_dashboard:
        dashboard["enabled"] = False
    if dashboard:
        study["dashboard"] = dashboard
    return study


def find_command() -> str:
    """The command `sherpa`: where SHERPA_COMMAND says, else in the build that this package lies beside, else in PATH."""
    given = os.environ.get("SHERPA_COMMAND")
    if given:
        found = shutil.which(given)
        if not found:
            raise SherpaError(f"SHERPA_COMMAND is {given!r}, which is no program")
        return found
    here = os.path.dirname(os.path.abspath(__file__))
    for beside in (("..", "..", "..", "build", "release", "sherpa"), ("..", "..", "..", "..", "bin", "sherpa")):
        found = shutil.which(os.path.normpath(os.path.join(here, *beside)))
        if found:
            return found
    found = shutil.which("sherpa")
    if not found:
        raise SherpaError("there is no command 'sherpa' in PATH; install it, or say by SHERPA_COMMAND where it is")
    return found


def _command(command: Union[str, Sequence[str], None], filename: Optional[str], names: List[str]) -> Union[str, List[str]]:
    if (command is None) == (filename is None):
        raise SherpaError("say what runs a trial: either command or filename")
    if filename is not None:
        return [sys.executable or "python3", _literal(os.fspath(filename), [])]
    if isinstance(command, (list, tuple)):
        return [_literal(os.fspath(word) if hasattr(word, "__fspath__") else str(word), names) for word in command]
    if not isinstance(command, str):
        raise SherpaError(f"command: expected a line for the shell or a list of words, not {command!r}")
    return _literal(command, names)


def _literal(text: str, names: List[str]) -> str:
    """Braces that name no parameter mean themselves, as with SHERPA."""
    known = "|".join(re.escape("{" + name + "}") for name in names)
    parts = re.split(f"({known})", text) if known else [text]
    return "".join(part if i % 2 else part.replace("{", "{{").replace("}", "}}") for i, part in enumerate(parts))


def _import_path() -> str:
    """What trials need to import this package as we did: nothing where it is installed."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = {os.path.abspath(path) for path in sysconfig.get_paths().values()}
    if here in installed or "site-packages" in here or "dist-packages" in here:
        return ""
    inherited = os.environ.get("PYTHONPATH")
    return here + os.pathsep + inherited if inherited else here


def _number(value: Any) -> Any:
    """NumPy's scalars, and what else is one plain value."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} ({type(value).__name__}) has no form in a study file")


def _run(words: List[str], shown: bool, file: Optional[str], wanted: str = "best") -> Dict[str, Any]:
    """What the command prints. It shows the study on standard error meanwhile, and its last line there is what is wrong."""
    last = b""
    stderr = None if shown and _is_terminal() else subprocess.PIPE
    # In a session of its own: Ctrl-C comes to this program, and once to that one.
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True) as running:
        try:
            if running.stderr is not None:
                for line in running.stderr:
                    last = line
                    if shown and not line.startswith(b"sherpa: "):
                        sys.stderr.write(line.decode(errors="replace"))
            out = running.stdout.read() if running.stdout else b""
            code = running.wait()
        except BaseException:
            # It stops its trials and stores everything; the same call resumes it. A second interrupt ends it at once.
            while True:
                with contextlib.suppress(KeyboardInterrupt, OSError):
                    running.send_signal(signal.SIGINT)
                    running.wait()
                    break
            raise
    if code == 130:
        raise KeyboardInterrupt
    if code == 0:
        said = _object(out)
        if wanted in said:
            return said
        raise SherpaError(f"{words[0]} says what is no result of a study; is it another version of Sherpa?", "internal")
    said = _object(out)
    text = said.get("error") or last.decode(errors="replace").strip()
    text = text[len("sherpa: "):] if text.startswith("sherpa: ") else text
    if file:
        text = text.replace(file, "the study")
    if (said.get("last_failure") or {}).get("output"):
        text += f"; its output: {said['last_failure']['output']}"
    raise SherpaError(text or f"sherpa {words[1]} ended with the code {code}", _CODES.get(code, "internal"))


def _object(out: bytes) -> Dict[str, Any]:
    try:
        said = json.loads(out)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _is_terminal() -> bool:
    try:
        return sys.stderr is sys.__stderr__ and os.isatty(2)
    except (AttributeError, OSError):
        return False


def _new_directory() -> str:
    """A directory of this call's own, made here: another call in the same second, in any process, gets another one."""
    name = os.path.abspath(time.strftime("output_%Y-%m-%d--%H-%M-%S"))
    directory, count = name, 1
    while True:
        try:
            os.mkdir(directory)
            return directory
        except FileExistsError:
            count += 1
            directory = f"{name}-{count}"
        except OSError as e:
            raise SherpaError(f"cannot make the directory {directory}: {e.strerror}; give an output_dir", "store") from None


def _best(said: Dict[str, Any]) -> Dict[str, Any]:
    best = said.get("best")
    if not best:
        return {}
    if best.get("status") == "FAILED":
        warnings.warn(f"the best result is that of trial {best['trial']}, which failed", RuntimeWarning, stacklevel=3)
    words = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
    parameter = _column_names(_COLUMNS, "parameters.")
    parameters = {parameter(name): value for name, value in best["parameters"].items()}
    metric = _column_names([*_COLUMNS, *parameters], "context.")
    context = {metric(name): words.get(value, value) for name, value in best["context"].items()}
    return {"Trial-ID": best["trial"], "Iteration": best["iteration"], **parameters, "Objective": best["objective"], **context}


def _column_names(taken: Iterable[str], prefix: str) -> Callable[[str], str]:
    """As the table calls what has a name that is taken (docs/facts.md, "Names of columns")."""
    added: Dict[str, int] = {}

    def split(name: str) -> Tuple[int, str]:
        count = 0
        while name.startswith(prefix):
            name, count = name[len(prefix):], count + 1
        return count, name

    for name in taken:
        count, rest = split(name)
        added[rest] = max(added.get(rest, 0), count + 1)
    return lambda name: prefix * added.get(split(name)[1], 0) + name
