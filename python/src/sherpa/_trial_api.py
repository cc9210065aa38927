"""A client of a study's trial API: keeps one connection, and is patient while the coordinator is restarted."""

import http.client
import json
import os
import random
import socket
import threading
import time
import weakref
from typing import Any, Callable, Dict, NamedTuple, Optional
from urllib.parse import urlsplit

from sherpa._error import SherpaError

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0
LARGEST_ANSWER = 8 * 1024 * 1024
OBSERVED = "urn:sherpa:observed-already"
ANOTHER_STUDY = "urn:sherpa:another-study"

# Not the program's own generator: all trials of a study may have seeded that alike, and count on what it draws.
_random = random.SystemRandom()
_clients: "weakref.WeakSet[TrialApi]" = weakref.WeakSet()


class Address(NamedTuple):
    host: str
    port: int

    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def is_loopback(self) -> bool:
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


def make_address(host: str, port: int) -> Address:
    try:
        usable = host.encode("idna") and all("!" <= c <= "~" and c not in "/?#@[]" for c in host)
    except UnicodeError:
        usable = False
    if not usable:
        raise SherpaError(f"the host {host!r} is no name or address of a machine")
    return Address(host, port)


def address_in(url: str) -> Address:
    """The address in a URL like http://127.0.0.1:8880."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.scheme != "http" or parts.path.strip("/"):
        raise SherpaError(f"the URL {url!r} is not like http://127.0.0.1:8880")
    return make_address(host, port)


class Answer(NamedTuple):
    body: Dict[str, Any]
    said_before: bool = False  # an earlier try, whose answer was lost, was processed


class _NotSherpa(Exception):
    """Something answers, but not as Sherpa does."""


class TrialApi:
    """Calls to /api/v1. Threads take turns; a signal handler may call in the middle of another call."""

    def __init__(
        self,
        address: Address,
        token: str,
        output_dir: Optional[str] = None,
        patience: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = address
        self._token = token
        self._endpoint = os.path.join(output_dir, "endpoint") if output_dir else None
        self._patience = patience
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.RLock()
        self._idle: Optional[http.client.HTTPConnection] = None
        _clients.add(self)

    def after_fork(self) -> None:
        """The parent keeps using the connection, and perhaps held the lock."""
        self._lock = threading.RLock()
        self._drop()

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Tries until somebody answers or patience is at its end."""
        content = None if body is None else json.dumps(body, allow_nan=False).encode()
        with self._lock:
            return self._call(method, path, content)

    def _call(self, method: str, path: str, content: Optional[bytes]) -> Answer:
        deadline = self._clock() + self._patience
        pause = FIRST_PAUSE
        trouble = False  # somebody did not answer: the coordinator may just have been started again
        sent = False  # a try without an answer may have been processed
        while True:
            tried = _Try()
            asked = self.address
            left = deadline - self._clock()
            try:
                # A half leaves time to ask elsewhere.
                status, answer = self._exchange(method, path, content, max(left / 2, 1.0), tried)
            except (OSError, http.client.HTTPException, _NotSherpa) as e:
                why = _reason(e)
                trouble = True
                sent = sent or tried.sent
                self._look_for_another()
            else:
                if status == 200:
                    return Answer(answer)
                if status == 409 and answer.get("type") == OBSERVED and sent:
                    return Answer({}, said_before=True)
                why = _detail(status, answer)
                # Another study has the port of ours, whose coordinator is gone; or it is just coming back, and does not know what
                # runs until it has taken it up.
                astray = status == 421 and answer.get("type") == ANOTHER_STUDY
                moved = (status == 401 or astray) and self._look_for_another()
                if not (status == 503 or astray or moved or (status == 401 and trouble)):
                    raise SherpaError(why, _code(status, answer))
                trouble = trouble or status == 503 or astray
                sent = sent or status == 503
                if self._clock() >= deadline:
                    raise SherpaError(f"{why}; tried for {self._patience:g} s", _code(status, answer))
            left = deadline - self._clock()
            if left <= 0:
                raise SherpaError(
                    f"no coordinator answers at {asked.url()} ({why}), tried for {self._patience:g} s; is 'sherpa run' still running?",
                    "unreachable",
                )
            # Many programs wait for the same coordinator: not all of them come at once.
            self._sleep(min(pause * _random.uniform(0.5, 1.0), left))
            pause = min(pause * 2, LONGEST_PAUSE)

    def _exchange(self, method, path, content, timeout, tried):
        # Taken out while it is used: a signal handler that interrupts this call opens another connection.
        connection, self._idle = self._idle, None
        if connection is not None and not _is_open(connection):
            connection.close()
            connection = None
        try:
            if connection is None:
                connection = http.client.HTTPConnection(*self.address, timeout=timeout)
                connection.connect()
            connection.sock.settimeout(timeout)
            headers = {"Authorization": "Bearer " + self._token}
            if content is not None:
                headers["Content-Type"] = "application/json"
            tried.sent = True
            connection.request(method, "/api/v1" + path, content, headers)
            response = connection.getresponse()
            text = response.read(LARGEST_ANSWER + 1)
            status, kind, last = response.status, response.headers.get_content_type(), response.will_close
            answer = _read(status, kind, text)
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        if last or self._idle is not None:
            connection.close()
        else:
            self._idle = connection
        return status, answer

    def _look_for_another(self) -> bool:
        """Whether the coordinator, started again, listens elsewhere now."""
        if self._endpoint is None:
            return False
        try:
            with open(self._endpoint, encoding="utf-8") as file:
                endpoint = json.load(file)
            found, host = address_in(endpoint["url"]), endpoint.get("host")
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, SherpaError):
            return False
        if found == self.address:
            return False
        # Another machine's loopback is not ours.
        if found.is_loopback() and host and host not in (found.host, socket.gethostname()):
            return False
        self.address = found
        self._drop()
        return True

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        connection, self._idle = self._idle, None
        if connection is not None:
            connection.close()


class _Try:
    sent = False  # wholly or in part


def _is_open(connection: http.client.HTTPConnection) -> bool:
    """Whether the other side has not closed it meanwhile; nothing is to be read between two requests."""
    sock = connection.sock
    if sock is None:
        return False
    try:
        sock.setblocking(False)
        sock.recv(1, socket.MSG_PEEK)
    except (BlockingIOError, InterruptedError):
        return True
    except OSError:
        pass
    return False


def _read(status: int, kind: str, text: bytes) -> Dict[str, Any]:
    if kind in ("application/json", "application/problem+json") and len(text) <= LARGEST_ANSWER:
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if isinstance(answer, dict):
            return answer
    raise _NotSherpa(f"an answer with status {status} that is not Sherpa's")


def _reason(e: Exception) -> str:
    if isinstance(e, TimeoutError):  # OSError's text would be "timed out" here and "[Errno 110] ..." there
        return "timed out"
    if isinstance(e, OSError) and e.strerror:
        return e.strerror
    return str(e) or type(e).__name__


def _detail(status: int, answer: Dict[str, Any]) -> str:
    detail = answer.get("detail")
    return detail if isinstance(detail, str) and detail else f"the coordinator answers with status {status} and no reason"


def _code(status: int, answer: Dict[str, Any]) -> str:
    if status in (401, 410):
        return "superseded"
    if status == 503 or answer.get("type") == ANOTHER_STUDY or (status == 409 and answer.get("type") != OBSERVED):
        return "wrong_state"
    return "invalid_argument" if 400 <= status < 500 else "internal"


def _after_fork() -> None:
    for api in list(_clients):
        api.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
