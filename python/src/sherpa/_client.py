import importlib
import os
import pathlib
import sys
from typing import Any, Dict, Mapping, Optional, Sequence

from sherpa import _values
from sherpa._trial_api import Address, Answer, TrialApi, address_in, make_address
from sherpa._error import SherpaError

_STARTED = "this program is to be started by 'sherpa run'; to try it without, use sherpa.Client(test_mode=True)"


class Trial:
    """One configuration that is tried: `id`, `parameters` (a dict), and

    attempt: 1, then 2 when the trial runs again.
    save_dir: where checkpoints go (a Path; None outside Sherpa); `publish` makes them the ones that a later attempt loads.
    load_dir: the checkpoint from which this attempt resumes, or None.
    """

    def __init__(
        self,
        id: int,  # noqa: A002 - SHERPA's name
        parameters: Dict[str, Any],
        attempt: int = 1,
        save_dir: Optional[pathlib.Path] = None,
        load_dir: Optional[pathlib.Path] = None,
    ) -> None:
        self.id = id
        self.parameters = parameters
        self.attempt = attempt
        self.save_dir = save_dir
        self.load_dir = load_dir

    def __repr__(self) -> str:
        return f"Trial(id={self.id!r}, parameters={self.parameters!r}, attempt={self.attempt!r})"


class Client:
    """The connection of a trial's program to its study.

    host, port: where to call, if not where the environment says (SHERPA_URL, SHERPA_DB_HOST, SHERPA_DB_PORT).
    test_mode: get_trial gives Trial(1, {}), nothing is sent and nothing stops; for trying a program without Sherpa.
    patience: for how many seconds a call retries while no coordinator answers; a restarted coordinator is found again.

    Other keywords of SHERPA's are accepted and mean nothing here. Nothing is sent before the first call. Threads may share a
    client, and forked processes may continue to use it. Calls raise SherpaError, in one line.
    """

    def __init__(
        self,
        host: Optional[str] = None,
        port: Optional[int] = None,
        test_mode: bool = False,
        *,
        patience: float = 60.0,
        **kwargs: Any,
    ) -> None:
        self.test_mode = test_mode
        seconds = _values.number(patience, "patience")
        if isinstance(seconds, str) or seconds < 0:
            raise SherpaError(f"patience: expected seconds from 0, not {patience!r}")
        self._patience = seconds
        self._given = None if host is None and port is None else _address(host, port)
        self._opened: Dict[str, TrialApi] = {}
        self._id: Optional[int] = None

    def get_trial(self) -> Trial:
        """What is to be tried."""
        if self.test_mode:
            return Trial(1, {})
        said = self._call("GET", "/trial").body
        trial = Trial(_said(said, "id", int), _said(said, "parameters", dict), _said(said, "attempt", int),
                      _directory("SHERPA_SAVE_DIR"), _directory("SHERPA_LOAD_DIR"))
        self._id = trial.id
        return trial

    def send_metrics(self, trial: Optional[Trial], iteration: int, objective: float, context: Optional[Mapping[str, float]] = {}) -> bool:
        """Adds a measurement; returns, when it is stored and judged, whether the trial should stop now.

        Whatever is one number will do, of NumPy for example; NaN and infinities too. Each iteration is reported once.
        """
        seen = {"iteration": _values.iteration(iteration), "objective": _values.number(objective, "objective")}
        named = _values.context(context)
        if named:
            seen["context"] = named
        if self.test_mode:
            return False
        self._check(trial)
        answer = self._call("POST", "/observations", seen)
        # A try whose answer was lost was processed. Asking waits until its report is stored and judged.
        return self.should_stop(trial) if answer.said_before else _said(answer.body, "stop", bool)

    def keras_send_metrics(self, trial: Optional[Trial], objective_name: str, context_names: Sequence[str] = ()) -> Any:
        """A Keras callback that sends, at the end of each epoch, what Keras logged under these names.

        When Sherpa says so it also ends the training, by model.stop_training.
        """
        if isinstance(context_names, str):
            context_names = (context_names,)
        names = (objective_name, *context_names)

        def send(epoch: int, logs: Optional[Mapping[str, float]] = None) -> None:
            logs = logs or {}
            for name in names:
                if name not in logs:
                    there = ", ".join(sorted(map(str, logs))) or "nothing"
                    raise SherpaError(f"Keras logged no {name!r} in epoch {epoch}; there is {there}")
            context = {name: logs[name] for name in context_names}
            if self.send_metrics(trial, iteration=epoch, objective=logs[objective_name], context=context):
                model = getattr(callback, "model", None)
                if model is not None:
                    model.stop_training = True

        callback = _keras().callbacks.LambdaCallback(on_epoch_end=send)
        return callback

    def should_stop(self, trial: Optional[Trial] = None) -> bool:
        """Whether the trial should stop now, all that was sent considered; also when another attempt has taken over."""
        if self.test_mode:
            return False
        self._check(trial)
        try:
            return _said(self._call("GET", "/stop").body, "stop", bool)
        except SherpaError as e:
            if e.code == "superseded":
                return True
            raise

    def publish(self, trial: Optional[Trial] = None) -> None:
        """Makes what save_dir holds the checkpoint that a later attempt loads; returns when that is stored."""
        if not self.test_mode:
            self._check(trial)
            self._call("POST", "/checkpoint")

    def end(self, trial: Optional[Trial] = None, status: str = "completed", message: str = "") -> None:
        """How the trial ends: "completed", or "failed" with a message. The last word, before the program ends; without it the
        program's exit code says so."""
        word = str(status).lower()
        if word not in ("completed", "failed"):
            raise SherpaError(f"status: expected 'completed' or 'failed', not {status!r}")
        if not self.test_mode:
            self._check(trial)
            said = {"status": word}
            if message:
                said["message"] = str(message)
            self._call("POST", "/end", said)

    def close(self) -> None:
        """Gives the connection back; a later call makes another one."""
        if self._api is not None:
            self._api.close()

    @property
    def _api(self) -> Optional[TrialApi]:
        return self._opened.get("api")

    def _call(self, method: str, path: str, body: Any = None) -> Answer:
        # setdefault is atomic: of several threads that come first, all use the client of one.
        api = self._api or self._opened.setdefault("api", self._open())
        return api.call(method, path, body)

    def _open(self) -> TrialApi:
        url = os.environ.get("SHERPA_URL")
        here = address_in(url) if url else _address(None, None)
        address = self._given or here
        # Who names another address than Sherpa's means that one, wherever the coordinator goes.
        output_dir = os.environ.get("SHERPA_OUTPUT_DIR") if address == here else None
        return TrialApi(address, _token(), output_dir, self._patience)

    def _check(self, trial: Optional[Trial]) -> None:
        said = getattr(trial, "id", None)
        if said is not None and self._id is not None and said != self._id:
            raise SherpaError(f"trial {said} is not the one that this program runs, which is trial {self._id}")


def _address(host: Optional[str], port: Optional[int]) -> Address:
    host = host or os.environ.get("SHERPA_DB_HOST") or "localhost"
    text = port if port is not None else os.environ.get("SHERPA_DB_PORT") or 27010
    try:
        number = int(text)
    except (TypeError, ValueError):
        number = 0
    if not 0 < number < 65536:
        raise SherpaError(f"port: expected a number from 1 to 65535, not {text!r}")
    return make_address(str(host), number)


def _token() -> str:
    file = os.environ.get("SHERPA_TOKEN_FILE")
    if not file:
        raise SherpaError("SHERPA_TOKEN_FILE is not set; " + _STARTED)
    try:
        with open(file, encoding="utf-8") as opened:
            token = opened.read().strip()
    except (OSError, ValueError) as e:
        raise SherpaError(f"cannot read SHERPA_TOKEN_FILE {file!r}: {getattr(e, 'strerror', None) or e}") from None
    if not token or not all("!" <= c <= "~" for c in token):
        raise SherpaError(f"SHERPA_TOKEN_FILE {file!r} holds no token; " + _STARTED)
    return token


def _directory(variable: str) -> Optional[pathlib.Path]:
    value = os.environ.get(variable)
    return pathlib.Path(value) if value else None


def _said(body: Mapping[str, Any], name: str, kind: type) -> Any:
    value = body.get(name)
    if not isinstance(value, kind):
        raise SherpaError(f"the coordinator's answer has no usable {name!r}; is it another version of Sherpa?", "internal")
    return value


def _keras() -> Any:
    """The Keras that the program uses, if it uses one already; else one that is installed."""
    known = ("keras", "tf_keras", "tensorflow")
    why = "none is installed"
    for name in sorted(known, key=lambda name: name not in sys.modules):
        try:
            found = importlib.import_module(name)
            keras = found.keras if name == "tensorflow" else found
            keras.callbacks.LambdaCallback  # some load their parts when they are asked for
            return keras
        except ModuleNotFoundError as e:
            if e.name not in known:
                why = f"{name}: {e}"
        except Exception as e:  # whatever an installation that is broken says
            why = f"{name}: {e}"
    raise SherpaError(f"keras_send_metrics needs Keras ({why}); install keras or tensorflow, or call send_metrics")
