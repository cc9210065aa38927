"""The page in a real browser."""
import csv
import functools
import http.server
import io
import json
import os
import pathlib
import signal
import struct
import textwrap
import threading
import time
import xml.etree.ElementTree as xml

from chromium import Chromium

STUDY = """
    sherpa: 1
    lower_is_better: true
    parameters:
      - {name: lr-1, type: continuous, range: [1e-4, 1e-1], scale: log}
      - {name: "<img src=x onerror=document.title='broken-in'>", type: choice, range: ["<script>1</script>", "🦙", plain]}
      - {name: units, type: discrete, range: [1, 64]}
    algorithm: {name: RandomSearch, max_num_trials: %(trials)d}
    run: {command: [/usr/bin/python3, trial.py], max_concurrent: %(at_once)d, grace: 1s}
    random_seed: 3
"""


def study_file(trials=4, at_once=2):
    return STUDY % {"trials": trials, "at_once": at_once}


def chosen(tab):
    return tab.run("sherpa.store.mask.reduce((a, b) => a + b, 0)")


def test_follows_a_study_from_start_to_end(make_study, tab):
    study = make_study(study_file(trials=4, at_once=2), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.store.study.rows === 10")  # two trials have reported, and wait
    assert tab.text("#state") == "running"
    requests = len(tab.requests)
    study.release()
    tab.wait("sherpa.store.study.about.ended !== null")
    assert study.process.wait(timeout=60) == 0
    assert tab.run("sherpa.store.study.rows") == 20
    assert tab.run("sherpa.store.study.counts().completed") == 4
    tab.wait("document.querySelector('#state').textContent === 'finished'")
    tab.wait("document.querySelectorAll('.tbody .tr:not([hidden])').length === 4")
    assert tab.requests[requests:] == [], "after the first load everything comes over the web socket"
    assert tab.errors == []
    best = study.rows()
    assert tab.run("sherpa.store.study.best.value") == min(row["objective"] for row in best)


def test_shows_names_as_text(make_study, show, tab):
    study = make_study(study_file())
    study.start()
    assert study.process.wait(timeout=60) == 0
    tab.open(show(study.output))
    tab.wait("sherpa.store.study.rows === 20 && sherpa.store.study.about.ended")
    tab.run("sherpa.store.openTrial(1)")
    tab.wait("document.querySelector('#trial pre')")
    for chart in ("best", "timeline", "slices", "contour", "importance", "lineage", "workers", "compare"):
        tab.run(f"sherpa.store.openTab('{chart}')")
    tab.run("sherpa.store.hover(2)")
    tab.run("sherpa.axesMenu()")
    shown = tab.run("document.body.innerText")
    assert "<img src=x onerror=" in shown and "<script>1</script>" in shown + tab.run("document.body.textContent")
    assert "<b>no markup</b>" in tab.text("#trial pre")
    assert tab.run("document.querySelectorAll('img, #trial b').length") == 0
    assert "broken-in" not in tab.run("document.title")
    tab.type("#filter", "lr-1 < 1")
    tab.wait("sherpa.store.mask.length === 4 && sherpa.store.view.filter === 'lr-1 < 1'")
    assert chosen(tab) == 4
    assert tab.errors == []


def test_a_brush_filters_table_and_curves(stored, show, tab):
    tab.open(show(stored(300, 20)))
    tab.wait("sherpa.store.study.rows === 6000")
    tab.wait("sherpa.screen.parallel.axes.length === 12")
    box, x, top, bottom = tab.run("""(() => { const b = sherpa.screen.parallel.top.getBoundingClientRect();
        return [[b.x, b.y], sherpa.screen.parallel.axes[2].x, 34, sherpa.screen.parallel.height - 16]; })()""")
    middle = (top + bottom) / 2
    tab.drag((box[0] + x, box[1] + top), (box[0] + x, box[1] + middle))
    tab.wait("sherpa.store.view.brushes.momentum")
    low, high = tab.run("sherpa.store.view.brushes.momentum.ranges[0]")
    expected = tab.run(f"sherpa.store.study.trials.filter((t) => t.values.momentum >= {low} && t.values.momentum <= {high}).length")
    assert 100 < expected < 200 and low > 0.45
    tab.wait(f"sherpa.screen.table.order.length === {expected}")
    tab.wait(f"sherpa.screen.chart().chosen === {expected}")
    assert tab.text("#chosen") == f"{expected} of 300 trials"
    # With Shift another part of it, and gone again.
    with tab.shift():
        tab.drag((box[0] + x, box[1] + bottom), (box[0] + x, box[1] + (middle + bottom) / 2 + 10))
    tab.wait("sherpa.store.view.brushes.momentum.ranges.length === 2")
    tab.wait(f"sherpa.screen.table.order.length > {expected} && sherpa.screen.table.order.length < 300 && sherpa.screen.table.order.some((id) => sherpa.store.study.trial(id).values.momentum < {low - 0.2})")
    with tab.shift():
        tab.drag((box[0] + x, box[1] + bottom - 10), (box[0] + x, box[1] + bottom - 10), steps=0)
    tab.wait(f"sherpa.store.view.brushes.momentum.ranges.length === 1 && sherpa.screen.table.order.length === {expected}")
    # On a second axis, by names of categories, and an expression beside it.
    tab.run("sherpa.store.brush('optimizer', {names: ['adam']})")
    tab.type("#filter", "layers > 4 and not failed")
    tab.wait("sherpa.screen.table.order.every((id) => { const t = sherpa.store.study.trial(id); return t.values.optimizer === 'adam' && t.values.layers > 4"
             " && t.status === 1; }) && sherpa.screen.table.order.length > 0 && sherpa.screen.table.order.length < 60")
    # The link restores it.
    tab.wait("location.hash.includes('momentum') && location.hash.includes('layers')")
    count = tab.run("sherpa.screen.table.order.length")
    tab.send("Page.reload")
    tab.wait(f"window.sherpa && sherpa.store.study.rows === 6000 && sherpa.screen.table.order.length === {count}")
    tab.click("#clear")
    tab.wait("sherpa.screen.table.order.length === 300")
    assert tab.errors == []


def test_sorts_and_highlights(stored, show, tab):
    tab.open(show(stored(300, 20)))
    tab.wait("sherpa.store.study.rows === 6000")
    tab.run("[...document.querySelectorAll('.head .td')].find((b) => b.textContent.startsWith('objective')).click()")
    tab.wait("sherpa.screen.table.order[0] === sherpa.store.study.best.trial.id")
    x, y = tab.run("(() => { const b = document.querySelector('.tbody .tr').getBoundingClientRect(); return [b.x + 40, b.y + 8]; })()")
    tab.mouse("mouseMoved", x, y)
    tab.wait("sherpa.store.hovered === sherpa.store.study.best.trial.id && !document.querySelector('#tip').hidden")
    tab.click(".tbody .tr .td")
    tab.wait("document.querySelector('#trial h2').textContent.startsWith('Trial ' + sherpa.store.study.best.trial.id)")
    tab.key("Escape")
    tab.wait("document.querySelector('#trial').hidden")
    assert tab.errors == []


def test_axes_are_moved_by_dragging_and_hidden_by_the_menu(stored, show, tab):
    tab.open(show(stored(300, 20)))
    tab.wait("sherpa.store.study.rows === 6000 && sherpa.screen.parallel.axes.length === 12")
    names = tab.run("sherpa.screen.parallel.axes.map((a) => a.axis.name)")

    def title(name):
        return tab.run(f"""(() => {{ const i = sherpa.screen.parallel.axes.findIndex((a) => a.axis.name === {json.dumps(name)});
            const b = document.querySelectorAll('.titles .title')[i].getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()""")

    moved, over = names[0], names[4]
    to = title(over)
    tab.drag(title(moved), (to[0] + 10, to[1]))
    expected = [*names[1:5], moved, *names[5:]]
    tab.wait(f"JSON.stringify(sherpa.screen.parallel.axes.map((a) => a.axis.name)) === {json.dumps(json.dumps(expected, separators=(',', ':')))}")
    assert tab.run("document.querySelector('#menu').hidden"), "a drag is no click"
    # Further than the last, and before the first.
    tab.drag(title(expected[0]), (title(expected[-1])[0] + 40, to[1]))
    tab.wait(f"sherpa.screen.parallel.axes.at(-1).axis.name === {json.dumps(expected[0])}")
    tab.drag(title(expected[0]), (5, to[1]))
    tab.wait(f"sherpa.screen.parallel.axes[0].axis.name === {json.dumps(expected[0])}")
    # The menu of an axis hides it, and moves it for who has no mouse.
    x, y = title(moved)
    tab.mouse("mouseMoved", x, y)
    tab.mouse("mousePressed", x, y, pressed=True)
    tab.mouse("mouseReleased", x, y)
    tab.wait("!document.querySelector('#menu').hidden")
    tab.run("[...document.querySelectorAll('#menu button')].find((b) => b.textContent === 'hide').click()")
    tab.wait("sherpa.screen.parallel.axes.length === 11")
    kept = [name for name in expected if name != moved]
    assert tab.run("sherpa.screen.parallel.axes.map((a) => a.axis.name)") == kept
    tab.wait("decodeURIComponent(location.hash).includes(JSON.stringify(sherpa.store.view.axes))")
    tab.send("Page.reload")
    tab.wait(f"window.sherpa && sherpa.store.study.rows === 6000 && sherpa.screen.parallel.axes[0].axis.name === {json.dumps(kept[0])} && sherpa.screen.parallel.axes.length === 11")
    assert tab.errors == []


def test_saves_tables_and_images(stored, show, tab, tmp_path):
    tab.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.open(show(stored(300, 20)))
    tab.wait("sherpa.store.study.rows === 6000 && document.querySelector('#save')")
    tab.type("#filter", "layers > 4 and not failed")
    tab.wait("sherpa.screen.table.order.length > 0 && sherpa.screen.table.order.length < 300")
    chosen_ids = tab.run("sherpa.screen.table.order.map(Number)")

    def save(label, name):
        tab.click("#save")
        tab.wait("!document.querySelector('#menu').hidden")
        tab.run(f"[...document.querySelectorAll('#menu button')].find((b) => b.textContent === {json.dumps(label)}).click()")
        file = tmp_path / name
        until = time.monotonic() + 60
        while not (file.exists() and file.stat().st_size > 0) and time.monotonic() < until:
            tab.listen(0.05)
        return file.read_bytes()

    rows = list(csv.DictReader(io.StringIO(save("table as CSV", "study-300.csv").decode())))
    assert [int(row["Trial-ID"]) for row in rows] == chosen_ids
    assert all(int(row["layers"]) > 4 and row["Status"] != "FAILED" for row in rows)
    assert float(rows[0]["Objective"]) == tab.run("sherpa.store.study.value(sherpa.store.study.trial(sherpa.screen.table.order[0]), '#objective')")
    table = json.loads(save("table as JSON", "study-300.json"))
    assert [row["trial"] for row in table] == chosen_ids and table[0]["parameters"]["layers"] > 4
    for label, name in (("parallel coordinates as PNG", "study-300-parallel.png"), ("chart as PNG", "study-300-curves.png")):
        image = save(label, name)
        assert image[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", image[16:24])
        assert width > 400 and height > 100
    for label, name in (("parallel coordinates as SVG", "study-300-parallel.svg"), ("chart as SVG", "study-300-curves.svg")):
        image = xml.fromstring(save(label, name))
        assert image.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(image.findall("{http://www.w3.org/2000/svg}path")) >= len(chosen_ids), "a line for each trial"
        assert "NaN" not in "".join(path.get("d") for path in image.iter("{http://www.w3.org/2000/svg}path"))
    for chart in ("best", "slices", "contour", "timeline"):
        tab.run(f"sherpa.store.openTab('{chart}')")
        xml.fromstring(save("chart as SVG", f"study-300-{chart}.svg"))
    assert tab.errors == []


def test_the_stop_button_stops_the_trial(make_study, tab):
    study = make_study(study_file(trials=1, at_once=1), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.store.study.rows === 5")
    tab.wait("document.querySelector('.tbody .stop')")
    tab.click(".tbody .stop")
    tab.wait("document.querySelector('#dialog').open")
    assert tab.run("sherpa.store.study.trial(1).stopping") is False, "it asks first"
    tab.click("#dialog .danger")
    tab.wait("sherpa.store.study.trial(1).status === 3")
    assert study.process.wait(timeout=60) == 0
    assert [row["status"] for row in study.rows()][-1] == "STOPPED"
    assert tab.errors == []


def test_steers(make_study, tab):
    study = make_study(study_file(trials=3, at_once=1), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.store.study.rows === 5")
    tab.click("#pause")
    tab.wait("sherpa.store.study.about.paused && document.querySelector('#state').textContent === 'paused'")
    tab.click("#pause")
    tab.wait("!sherpa.store.study.about.paused")
    tab.click("#limit")
    tab.wait("document.querySelector('#dialog').open")
    tab.type("#dialog input", "2")
    tab.click("#dialog .main")
    tab.wait('sherpa.store.study.about.max_concurrent === 2 && document.querySelector("#limit").textContent.endsWith("2")')
    assert tab.errors == []


def test_enqueues_a_configuration(make_study, tab):
    study = make_study(study_file(trials=1, at_once=1), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.store.study.rows === 5")
    tab.click("#enqueue")
    tab.wait("document.querySelector('#dialog').open")
    fields = "#dialog .fields "
    tab.type(fields + "input", "2")
    tab.click("#dialog .main")
    tab.wait("document.querySelector('#dialog .wrong').textContent !== ''")
    assert "lr-1" in tab.text("#dialog .wrong"), "outside its range: it says what is wrong, and stays"
    tab.type(fields + "input", "0.01")
    tab.run("(() => { const s = document.querySelector('#dialog select'); s.selectedIndex = 1; })()")
    tab.click("#dialog .main")
    tab.wait("!document.querySelector('#dialog').open")
    study.release()
    tab.wait("sherpa.store.study.trials.length === 2 && sherpa.store.study.about.ended")
    assert tab.run("[sherpa.store.study.trial(2).values['lr-1'], Object.values(sherpa.store.study.trial(2).values).includes('🦙'), sherpa.store.study.trial(2).k]") == [0.01, True, 0]
    assert study.process.wait(timeout=60) == 0
    stored = [row for row in study.rows() if row["trial"] == 2][-1]
    assert stored["parameters"]["lr-1"] == 0.01 and stored["status"] == "COMPLETED"
    assert tab.errors == []


# Reports a great deal, as fast as it is taken, then waits.
MUCH = """
    import fcntl, json, os, urllib.request
    url = os.environ["SHERPA_URL"] + "/api/v1/observations"
    token = open(os.environ["SHERPA_TOKEN_FILE"]).read().strip()
    context = {"metric %d" % i: 0.1 * i for i in range(10)}
    for i in range(100):
        seen = [{"iteration": 2000 * i + j, "objective": 1.0 / (1 + j), "context": context} for j in range(2000)]
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(seen).encode(), {"Authorization": "Bearer " + token, "Content-Type": "application/json"})).read()
    with open("hold") as hold:
        fcntl.flock(hold, fcntl.LOCK_SH)
"""


def test_a_browser_that_stands_still_costs_nobody_anything(make_study, tab):
    def resident(process):
        return int(next(line for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines() if line.startswith("VmRSS")).split()[1]) * 1024

    def follow(name, stopped=None):
        study = make_study(study_file(trials=1, at_once=1), hold=True, name=name)
        (study.directory / "trial.py").write_text(textwrap.dedent(MUCH))
        link = study.start()
        if stopped:
            other = stopped.tab()
            other.open(study.tell("dashboard", "--viewer").split()[-1])
            other.wait("sherpa.store.state === 'open'")
            os.killpg(stopped.process.pid, signal.SIGSTOP)
        tab.open(link)
        tab.wait("sherpa.store.study.rows === 200000", 120)
        used = resident(study.process)
        if stopped:
            os.killpg(stopped.process.pid, signal.SIGCONT)
            other.wait("sherpa.store.study.rows === 200000", 120)
        study.release()
        assert study.process.wait(timeout=60) == 0
        return used

    alone = follow("alone")
    still = Chromium()
    try:
        beside = follow("beside", still)
    finally:
        still.close()
    assert beside < alone + 10e6, "what 200,000 observations with ten metrics take on their way is 24 MB"


def test_goes_on_after_the_coordinator_restarts(make_study, tab):
    study = make_study(study_file(trials=3, at_once=1), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.store.study.rows === 5")
    number = tab.run("window.kept = sherpa.store.study; sherpa.store.study.number")
    study.end()
    tab.wait("sherpa.store.state === 'lost'")
    study.start()
    tab.wait(f"sherpa.store.state === 'open' && sherpa.store.study.number > {number} && sherpa.store.study.trials[0].attempts.length === 2")
    assert tab.run("window.kept === sherpa.store.study"), "without being loaded again"
    assert tab.run("sherpa.store.study.trials[0].curve.length") == 5, "the second attempt replaces what the first reported"


def test_after_the_end_it_asks_less_and_less(make_study, tab):
    study = make_study(study_file(trials=1, at_once=1), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.store.study.rows === 5")
    study.release()
    assert study.process.wait(timeout=60) == 0
    tab.wait("sherpa.store.state === 'lost' && sherpa.store.study.about.ended && document.querySelector('#gone').textContent.includes('has ended')")
    assert tab.run("!document.querySelector('#gone').hidden && document.querySelector('#state').textContent") == "finished"
    tab.run("sherpa.store.connection.wait = 50000; 0")  # as after some minutes
    tab.run("(() => { clearTimeout(sherpa.store.connection.timer); sherpa.store.connection.open(); })()")
    tab.wait("sherpa.store.connection.waits && sherpa.store.connection.wait === 60000")


def test_what_is_no_frame_is_asked_for_again(stored, show, tab):
    tab.open(show(stored(300, 20)))
    tab.wait("sherpa.store.study.rows === 6000")
    tab.run("window.first = sherpa.store.connection.socket; sherpa.store.connection.socket.onmessage({data: new Uint8Array([0x81, 0xc1]).buffer})")
    tab.wait("sherpa.store.connection.socket !== window.first && sherpa.store.state === 'open'")
    assert tab.run("[sherpa.store.study.rows, sherpa.store.study.trials.length]") == [6000, 300]


def test_a_viewer_sees_and_cannot_change(make_study, tab):
    study = make_study(study_file(trials=1, at_once=1), hold=True)
    study.start()
    link = study.tell("dashboard", "--viewer").split()[-1]
    tab.open(link)
    tab.wait("sherpa.store.study.rows === 5 && sherpa.store.role === 'viewer'")
    assert tab.run("document.querySelectorAll('.stop, #pause:not([hidden]), #stop-trial').length") == 0
    assert tab.run("sherpa.store.connection.ask('POST', '/stop', {trial: 1}).then((a) => a.status)") == 403
    assert tab.run("fetch('/api/v1/study/pause', {method: 'POST'}).then((a) => a.status)") == 403
    assert tab.run("sherpa.store.study.about.paused") is False


def test_a_page_elsewhere_gets_nothing(make_study, tab, tmp_path):
    study = make_study(study_file(trials=1, at_once=1), hold=True)
    link = study.start()
    tab.open(link)
    tab.wait("sherpa.store.study.rows === 5")
    ours = link.split("/open/")[0]
    elsewhere = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path))
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    tab.open(f"http://127.0.0.1:{elsewhere.server_address[1]}/")
    tab.wait("document.readyState === 'complete' && location.port === '%d'" % elsewhere.server_address[1])
    opened = tab.run(f"""new Promise((done) => {{ const s = new WebSocket('{ours.replace('http', 'ws')}/api/v1/feed');
        s.onopen = () => done(true); s.onclose = () => done(false); }})""")
    assert opened is False
    tab.run(f"fetch('{ours}/api/v1/study/pause', {{method: 'POST', credentials: 'include', mode: 'no-cors'}}).then(() => 0, () => 0)")
    elsewhere.shutdown()
    elsewhere.server_close()
    assert '"paused"' not in study.tell("export", "--json")
    tab.open(ours + "/")
    tab.wait("window.sherpa && sherpa.store.study.rows === 5")
    assert tab.run("sherpa.store.study.about.paused") is False


def test_without_a_link_it_says_what_to_do(show, stored, chromium):
    link = show(stored(300, 20))
    tab = chromium.tab()
    tab.send("Network.clearBrowserCookies")
    tab.open(link.split("/open/")[0] + "/")
    tab.wait("!document.querySelector('#gone').hidden && document.querySelector('#gone').textContent.includes('sherpa dashboard')")


def test_two_studies(stored, show, tab):
    tab.open(show(stored(300, 20), stored(40, 10)))
    tab.wait("sherpa.store.study.rows === 6000")
    assert tab.run("[...document.querySelectorAll('#studies option')].map((o) => o.textContent)") == ["study-300", "study-40"]
    tab.run("sherpa.store.openTab('compare')")
    tab.wait("sherpa.store.compared().length === 2 && sherpa.store.compared()[1].study.rows === 400")
    tab.run("(() => { const s = document.querySelector('#studies'); s.value = '1'; s.onchange(); })()")
    tab.wait("sherpa.store.study.rows === 400 && sherpa.store.study.about.name === 'study-40'")
    assert tab.errors == []


def test_studies_that_run_and_one_at_rest_side_by_side(make_study, stored, show, tab):
    running = [make_study(study_file(trials=2, at_once=1), hold=True, name=name) for name in ("one", "two")]
    for study in running:
        study.start()
    tab.open(show(*(study.output for study in running), stored(40, 10)))
    tab.wait("sherpa.store.study.rows === 5")
    assert tab.run("[...document.querySelectorAll('#studies option')].length") == 3
    tab.run("sherpa.store.openTab('compare')")
    tab.wait("sherpa.store.compared().length === 3 && sherpa.store.compared()[1].study.rows === 5 && sherpa.store.compared()[2].study.rows === 400")
    # What happens there appears here, over a restart, too; and what is said here is done there.
    running[1].end()
    running[1].start()
    tab.wait("sherpa.store.compared()[1].study.trials[0].attempts.length === 2")
    tab.click("#pause")
    tab.wait("sherpa.store.study.about.paused")
    assert tab.run("sherpa.store.compared()[1].study.about.paused") is False
    assert "no markup" in tab.run("sherpa.store.connection.ask('GET', '/log?trial=1').then((a) => a.body)")
    tab.click("#pause")
    for study in running:
        study.release()
        assert study.process.wait(timeout=60) == 0
    tab.wait("sherpa.store.study.about.ended && sherpa.store.study.rows === 10 && sherpa.store.compared()[1].study.about.ended")
    assert tab.errors == []


def test_a_report_of_a_study_that_runs(make_study, tab, tmp_path):
    study = make_study(study_file(trials=2, at_once=1), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.store.study.rows === 5")
    (tmp_path / "report.html").write_text(study.tell("export", "--html"))
    tab.open(f"file://{tmp_path}/report.html")
    tab.wait("window.sherpa && sherpa.store.report && sherpa.store.study.rows === 5 && sherpa.store.study.trial(1).running")
    assert tab.run("document.querySelector('#gone').hidden")
    assert tab.errors == []


def test_a_report_shows_everything_without_asking_anybody(make_study, tab, tmp_path):
    study = make_study(study_file())
    study.start()
    assert study.process.wait(timeout=60) == 0
    (tmp_path / "report.html").write_text(study.tell("export", "--html"))
    tab.open(f"file://{tmp_path}/report.html")
    tab.wait("window.sherpa && sherpa.store.study.rows === 20 && document.querySelectorAll('.tbody .tr:not([hidden])').length === 4")
    assert tab.run("document.querySelectorAll('img, .stop, #pause:not([hidden])').length") == 0
    assert tab.requests == [f"file://{tmp_path}/report.html"]
    assert tab.errors == []


def test_ten_thousand_trials(stored, show, tab):
    tab.open(show(stored(10_000, 100)))
    tab.wait("sherpa.store.study.rows === 1000000")
    for chart in ("best", "timeline", "slices", "contour", "importance", "curves"):
        tab.run(f"sherpa.store.openTab('{chart}')")
    tab.type("#filter", "optimizer == adam")
    tab.wait("sherpa.screen.table.order.length > 3000 && sherpa.screen.table.order.length < 3700")
    tab.run("sherpa.screen.table.root.scrollTop = 50000")
    tab.wait("document.querySelectorAll('.tbody .tr').length < 80")
    tab.send("HeapProfiler.collectGarbage")
    assert tab.run("performance.memory.usedJSHeapSize") < 300e6
    assert tab.errors == []


def test_fits_a_phone_and_a_large_screen(stored, show, tab):
    tab.open(show(stored(300, 20)))
    tab.wait("sherpa.store.study.rows === 6000")
    for width, height, scale in ((390, 844, 2), (3840, 2160, 1)):
        tab.size(width, height, scale)
        tab.wait(f"innerWidth === {width}")
        assert tab.run("document.documentElement.scrollWidth") <= width
        tab.wait("sherpa.screen.parallel.width >= Math.min(innerWidth - 40, 2000)")
    assert tab.errors == []
