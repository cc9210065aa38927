"""A headless Chromium, driven by its debugging protocol. As root too, as continuous integration is."""
import base64
import contextlib
import itertools
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

import websocket  # Debian: python3-websocket


class Tab:
    """One page. What it logs, and every request it makes, is kept."""

    def __init__(self, address):
        self._socket = websocket.create_connection(address, suppress_origin=True, timeout=60)
        self._ids = itertools.count(1)
        self.requests, self.errors, self.events = [], [], []
        self._modifiers = 0
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(domain + ".enable")

    def send(self, method, **parameters):
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self._note(message)

    def _note(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
        else:
            self.events.append(message)

    def listen(self, seconds):
        """Takes what comes on its own within the time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self._socket.sock], [], [], left)
            if ready:
                self._note(json.loads(self._socket.recv()))

    def wait_for_event(self, method):
        for event in self.events:
            if event.get("method") == method:
                self.events.remove(event)
                return event["params"]
        while True:
            message = json.loads(self._socket.recv())
            if message.get("method") == method:
                return message["params"]
            self._note(message)

    def open(self, url):
        self.send("Page.navigate", url=url)

    def run(self, expression):
        """The value of a JavaScript expression; promises are waited for."""
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise AssertionError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def wait(self, condition, seconds=60):
        """Until the expression is true: looked at with every frame that the page draws."""
        script = """new Promise((done, fail) => {
            const until = performance.now() + %d;
            const look = () => {
              let now;
              try { now = (%s); } catch { now = false; }
              if (now) done(true);
              else if (performance.now() > until) done(false);
              else setTimeout(look, 15);
            };
            look();
          })""" % (seconds * 1000, condition)
        if not self.run(script):
            raise AssertionError(f"never came true: {condition}\nerrors: {self.errors}")

    def size(self, width, height, scale=1, mobile=False):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile)

    def mouse(self, kind, x, y, pressed=False):
        button = "left" if pressed or kind != "mouseMoved" else "none"
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, buttons=1 if pressed else 0, modifiers=self._modifiers,
                  clickCount=0 if kind == "mouseMoved" else 1)

    @contextlib.contextmanager
    def shift(self):
        """With that key held."""
        self._modifiers = 8
        yield
        self._modifiers = 0

    def drag(self, begin, end, steps=8):
        self.mouse("mousePressed", *begin, pressed=True)
        for i in range(1, steps + 1):
            self.mouse("mouseMoved", *(a + (b - a) * i / steps for a, b in zip(begin, end)), pressed=True)
        self.mouse("mouseReleased", *end)

    def click(self, selector):
        x, y = self.run(f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'nearest'}});"
                        " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()")
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, pressed=True)
        self.mouse("mouseReleased", x, y)

    def type(self, selector, text):
        self.run(f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.focus(); e.select(); }})()")
        self.send("Input.insertText", text=text)

    def key(self, key):
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, text=key if len(key) == 1 else "")
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def screenshot(self, path):
        data = self.send("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)}).textContent")


class Chromium:
    def __init__(self, *extra):
        self._profile = tempfile.mkdtemp(prefix="sherpa-chromium-")
        arguments = ["chromium", "--headless=new", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
                     "--disable-extensions", "--disable-background-networking", "--hide-scrollbars", "--force-color-profile=srgb",
                     f"--user-data-dir={self._profile}", *extra, "about:blank"]
        if os.geteuid() == 0:
            arguments.insert(1, "--no-sandbox")
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
        for line in self.process.stderr:  # which port it took
            if "DevTools listening on" in line:
                self._port = int(line.split(":")[2].split("/")[0])
                break
        else:
            raise RuntimeError("chromium does not start")
        self._rest = subprocess.Popen(["cat"], stdin=self.process.stderr, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def tab(self, width=1440, height=900):
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request) as answer:
            address = json.load(answer)["webSocketDebuggerUrl"]
        tab = Tab(address)
        tab.size(width, height)
        return tab

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._rest.wait()
        shutil.rmtree(self._profile, ignore_errors=True)
