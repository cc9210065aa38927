#!/usr/bin/env python3
"""Measures the page in headless Chromium, without a GPU: benchmarks/page.py [BUILD]

First paint and memory of a study of 10,000 trials × 100 iterations × 12 axes; main-thread time of each event while brushing and hovering; how long an
observation takes from the trial's program to the page, and whether 1,000 a second are shown; what ten idle viewers cost the server."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/browser"))
os.environ["SHERPA_BUILD"] = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/release")

from chromium import Chromium  # noqa: E402
from conftest import BUILD, Shown, Study  # noqa: E402

WATCH = """
  window.marks = {};
  new PerformanceObserver((list) => { for (const e of list.getEntries()) marks[e.name] = e.startTime; }).observe({type: "paint", buffered: true});
  const look = () => {
    if (window.sherpa && sherpa.screen.pace.last) marks.drawn ??= sherpa.screen.pace.last;
    if (window.sherpa && sherpa.store.study.rows >= 1e6) return (marks.all ??= performance.now());
    setTimeout(look, 5);
  };
  look();
"""

# Its objective is the time at which it was reported.
REPORTER = """
    import json, os, time, urllib.request
    url = os.environ["SHERPA_URL"] + "/api/v1/observations"
    token = open(os.environ["SHERPA_TOKEN_FILE"]).read().strip()
    due = time.time()
    for i in range(%(posts)d):
        seen = [{"iteration": i * %(each)d + j, "objective": time.time()} for j in range(%(each)d)]
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(seen).encode(), {"Authorization": "Bearer " + token, "Content-Type": "application/json"})).read()
        due += %(every)f
        time.sleep(max(0, due - time.time()))
"""

STUDY = """
    sherpa: 1
    lower_is_better: true
    parameters: [{name: x, type: continuous, range: [0, 1]}]
    algorithm: {name: RandomSearch, max_num_trials: %d}
    run: {command: [/usr/bin/python3, trial.py], max_concurrent: 2}
"""


def say(what, value):
    print(f"{what:58} {value}", flush=True)


def main_thread(tab, act):
    """Milliseconds of the renderer's main thread for each mouse event during `act`."""
    tab.events.clear()
    tab.send("Tracing.start", transferMode="ReportEvents", traceConfig={"includedCategories": ["devtools.timeline", "disabled-by-default-devtools.timeline"]})
    act()
    tab.send("Tracing.end")
    tab.wait_for_event("Tracing.tracingComplete")
    events = [e for message in tab.events if message.get("method") == "Tracing.dataCollected" for e in message["params"]["value"]]
    threads = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"}
    moves = sorted((e["ts"], e["pid"], e["tid"]) for e in events if e["name"] == "EventDispatch" and e["args"].get("data", {}).get("type") in ("pointermove",))
    moves = [m for m in moves if (m[1], m[2]) in threads]
    tasks = [(e["ts"], e.get("dur", 0)) for e in events if e["name"] == "RunTask" and e["ph"] == "X" and moves and (e["pid"], e["tid"]) == moves[0][1:]]
    spent = []
    for (begin, *_), (end, *_) in zip(moves, moves[1:]):
        spent.append(sum(d for t, d in tasks if begin - 200 <= t < end - 200) / 1000)
    return spent


def renderers(browser):
    """Megabytes of each process of the browser that draws pages, its share of what several have in common included."""
    out = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
            if b"--type=renderer" in words and os.getsid(int(process.name)) == browser.process.pid:
                out.append(next(int(line.split()[1]) for line in (process / "smaps_rollup").read_text().splitlines() if line.startswith("Pss:")) / 1000)
        except OSError:  # it has ended
            pass
    return out


def large(browser, directory):
    subprocess.run([BUILD / "benchmarks/big_study", directory, "10000", "100"], check=True)
    shown = Shown(directory)
    tab = browser.tab()
    tab.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    tab.open(shown.link)
    tab.wait("window.marks && marks.all")
    tab.wait("!sherpa.screen.parallel.frontPainter.job && !sherpa.screen.chart().painter.job")
    marks = tab.run("marks")
    say("first paint of the page", f"{marks['first-contentful-paint']:.0f} ms")
    say("10,000 trials in table and parallel coordinates", f"{marks['drawn']:.0f} ms")
    say("all of 1,000,000 observations there", f"{marks['all']:.0f} ms")
    box, x, height = tab.run("(() => { const b = sherpa.screen.parallel.top.getBoundingClientRect(); return [[b.x, b.y], sherpa.screen.parallel.axes[2].x, sherpa.screen.parallel.height]; })()")

    def brush():
        at = lambda y: (box[0] + x, box[1] + y)  # noqa: E731
        tab.mouse("mousePressed", *at(60), pressed=True)
        for i in range(60):
            tab.mouse("mouseMoved", *at(60 + (height - 100) * i / 60), pressed=True)
            tab.listen(0.03)
        tab.mouse("mouseReleased", *at(height - 40))

    def hover():
        for i in range(60):
            tab.mouse("mouseMoved", box[0] + 80 + i * 12, box[1] + 90 + (i * 37) % 150)
            tab.listen(0.03)

    for name, act in (("brushing", brush), ("hovering", hover)):
        spent = main_thread(tab, act)
        say(f"{name}, main thread for each event: median, 95 %", f"{statistics.median(spent):.1f} ms, {sorted(spent)[int(len(spent) * 0.95)]:.1f} ms ({len(spent)} events)")
    tab.send("HeapProfiler.collectGarbage")
    say("JavaScript heap", f"{tab.run('performance.memory.usedJSHeapSize') / 1e6:.0f} MB")
    say("memory of the whole page (its process, PSS)", f"{max(renderers(browser)):.0f} MB")
    shown.close()


def live(browser, directory, each, every, posts, what):
    study = Study(directory, STUDY % 2)
    import textwrap
    (directory / "trial.py").write_text(textwrap.dedent(REPORTER % {"posts": posts, "each": each, "every": every}))
    link = study.start()
    tab = browser.tab()
    tab.send("Page.addScriptToEvaluateOnNewDocument", source="""
      window.late = [];
      const hook = () => {
        if (!window.sherpa) return setTimeout(hook, 1);
        const take = sherpa.store.take.bind(sherpa.store);
        sherpa.store.take = (buffer) => {
          take(buffer);
          if (sherpa.store.study.number <= sherpa.store.study.settled) return;
          const now = performance.timeOrigin + performance.now();
          for (const [trial, from] of sherpa.store.grown) for (let i = Math.max(from, trial.timed || 0); i < trial.curve.length; ++i) late.push(now - 1000 * trial.curve.objectives[i]);
          for (const trial of sherpa.store.grown.keys()) trial.timed = trial.curve.length;
        };
      };
      hook();""")
    tab.open(link)
    tab.wait("window.sherpa && sherpa.store.study.about && sherpa.store.study.about.ended", 120)
    late = sorted(tab.run("late"))
    rows = tab.run("sherpa.store.study.rows")
    say(f"{what}: program to page, median, 95 %", f"{statistics.median(late):.0f} ms, {late[int(len(late) * 0.95)]:.0f} ms ({rows} observations)")
    study.end()


def idle(browser, directory):
    study = Study(directory, STUDY % 1, hold=True)
    link = study.start()
    tabs = [browser.tab()]
    tabs[0].open(link)
    tabs[0].wait("window.sherpa && sherpa.store.study.rows === 5")
    tabs[0].run(f"Promise.all(Array.from({{length: 9}}, () => new Promise((done) => {{ const s = new WebSocket(location.origin.replace('http', 'ws') + '/api/v1/feed');"
                " (window.kept ??= []).push(s); s.onmessage = done; })))")
    ticks = lambda: sum(map(int, pathlib.Path(f"/proc/{study.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))  # noqa: E731
    before = ticks()
    time.sleep(20)
    say("server, ten idle viewers", f"{(ticks() - before) / os.sysconf('SC_CLK_TCK') / 20 * 100:.2f} % of a core")
    study.end()


if __name__ == "__main__":
    chromium = Chromium()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            idle(chromium, scratch / "idle")
            live(chromium, scratch / "one", 1, 0.2, 50, "ten a second")
            live(chromium, scratch / "many", 50, 0.1, 100, "1,000 a second")
        chromium.close()
        chromium = Chromium()  # whose one page it is
        with tempfile.TemporaryDirectory() as scratch:
            large(chromium, pathlib.Path(scratch) / "large")
    finally:
        chromium.close()
