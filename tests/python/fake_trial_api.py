"""A study's trial API in this process, with settable answers and a record of its requests."""

import collections
import http.server
import json
import math
import threading

Request = collections.namedtuple("Request", "method path body headers connection")


def problem(status, detail, kind="about:blank"):
    return status, {"type": kind, "title": "", "status": status, "detail": detail}


class FakeTrialApi:
    """Trial 7, attempt 1, token "secret". `script` holds what to do instead with the next requests: an answer (status, body),
    "drop" (process the request, and close without an answer), "close" (close without processing it), or a function."""

    def __init__(self, token="secret", port=0, seen=()):
        self.token = token
        self.parameters = {"lr": 0.5, "units": 64, "act": "relu"}
        self.stop = False
        self.seen = set(seen)
        self.observations = []
        self.published = 0
        self.ended = None
        self.requests = []
        self.connections = 0
        self.script = collections.deque()
        self._open = set()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                api.connections += 1
                self.number = api.connections
                api._open.add(self.connection)

            def finish(self):
                api._open.discard(self.connection)
                super().finish()

            def serve(self):
                text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = json.loads(text, parse_constant=self.no_bare_word) if text else None
                api.requests.append(Request(self.command, self.path, body, dict(self.headers), self.number))
                todo = api.script.popleft() if api.script else None
                if callable(todo):
                    todo = todo()
                if todo == "close":
                    self.close_connection = True
                    return
                status, answer = todo if isinstance(todo, tuple) else api.answer(self, body)
                if todo == "drop":
                    self.close_connection = True
                    return
                if isinstance(answer, bytes):
                    kind, content = "text/html", answer
                else:
                    kind = "application/json" if status == 200 else "application/problem+json"
                    content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = serve

            def no_bare_word(self, word):
                raise AssertionError(f"bare {word}")

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def answer(self, request, body):
        if request.headers.get("Authorization") != "Bearer " + self.token:
            return problem(401, "no attempt that runs here has this token; this program should stop", "urn:sherpa:no-such-attempt")
        if body is not None and request.headers.get("Content-Type") != "application/json":
            return problem(415, "send the body with 'Content-Type: application/json'")
        route = f"{request.command} {request.path}"
        if route == "GET /api/v1/trial":
            return 200, {"id": 7, "attempt": 1, "parameters": self.parameters}
        if route == "GET /api/v1/stop":
            return 200, {"stop": self.stop}
        if route == "POST /api/v1/observations":
            return self.observe(body if isinstance(body, list) else [body])
        if route == "POST /api/v1/checkpoint":
            self.published += 1
            return 200, {"checkpoint": "checkpoints/7/1"}
        if route == "POST /api/v1/end":
            self.ended = body
            return 200, {"status": body["status"]}
        return problem(404, f"there is no {request.path}")

    def observe(self, rows):
        for row in rows:
            if row["iteration"] in self.seen:
                detail = f"trial 7: iteration {row['iteration']} was observed already; give every observation an iteration of its own"
                return problem(409, detail, "urn:sherpa:observed-already")
        for row in rows:
            assert set(row) <= {"iteration", "objective", "context"} and type(row["iteration"]) is int
            values = [row["objective"], *row.get("context", {}).values()]
            assert all(v in ("NaN", "Infinity", "-Infinity") or (type(v) is float and math.isfinite(v)) for v in values)
            self.seen.add(row["iteration"])
            self.observations.append(row)
        return 200, {"stop": self.stop}

    def hang_up(self):
        """Closes the connections that are open, as a server does with idle ones."""
        for connection in list(self._open):
            try:
                connection.shutdown(2)
            except OSError:
                pass

    def close(self):
        """The coordinator dies."""
        self._server.shutdown()
        self._server.server_close()
        self.hang_up()
        self._thread.join()
