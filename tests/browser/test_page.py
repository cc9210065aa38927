"""The page in a real browser."""
import functools
import http.server
import threading

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
    return tab.run("sherpa.mask.reduce((a, b) => a + b, 0)")


def test_follows_a_study_from_start_to_end(make_study, tab):
    study = make_study(study_file(trials=4, at_once=2), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.study.rows === 10")  # two trials have reported, and wait
    assert tab.text("#state") == "running"
    requests = len(tab.requests)
    study.release()
    tab.wait("sherpa.study.about.ended !== null")
    assert study.process.wait(timeout=60) == 0
    assert tab.run("sherpa.study.rows") == 20
    assert tab.run("sherpa.study.counts().completed") == 4
    tab.wait("document.querySelector('#state').textContent === 'finished'")
    tab.wait("document.querySelectorAll('.tbody .tr:not([hidden])').length === 4")
    assert tab.requests[requests:] == [], "after the first load everything comes over the web socket"
    assert tab.errors == []
    best = study.rows()
    assert tab.run("sherpa.study.best.value") == min(row["objective"] for row in best)


def test_shows_names_as_text(make_study, show, tab):
    study = make_study(study_file())
    study.start()
    assert study.process.wait(timeout=60) == 0
    tab.open(show(study.output))
    tab.wait("sherpa.study.rows === 20 && sherpa.study.about.ended")
    tab.run("sherpa.openTrial(1)")
    tab.wait("document.querySelector('#trial pre')")
    for chart in ("best", "timeline", "slices", "contour", "importance", "lineage", "workers", "compare"):
        tab.run(f"sherpa.openTab('{chart}')")
    tab.run("sherpa.hover(2)")
    tab.run("sherpa.axesMenu()")
    shown = tab.run("document.body.innerText")
    assert "<img src=x onerror=" in shown and "<script>1</script>" in shown + tab.run("document.body.textContent")
    assert "<b>no markup</b>" in tab.text("#trial pre")
    assert tab.run("document.querySelectorAll('img, #trial b').length") == 0
    assert "broken-in" not in tab.run("document.title")
    tab.type("#filter", "lr-1 < 1")
    tab.wait("sherpa.mask.length === 4 && sherpa.view.filter === 'lr-1 < 1'")
    assert chosen(tab) == 4
    assert tab.errors == []


def test_a_brush_filters_table_and_curves(stored, show, tab):
    tab.open(show(stored(300, 20)))
    tab.wait("sherpa.study.rows === 6000")
    tab.wait("sherpa.parallel.axes.length === 12")
    box, x, top, bottom = tab.run("""(() => { const b = sherpa.parallel.top.getBoundingClientRect();
        return [[b.x, b.y], sherpa.parallel.axes[2].x, 34, sherpa.parallel.height - 16]; })()""")
    middle = (top + bottom) / 2
    tab.drag((box[0] + x, box[1] + top), (box[0] + x, box[1] + middle))
    tab.wait("sherpa.view.brushes.momentum")
    low, high = tab.run("sherpa.view.brushes.momentum.range")
    expected = tab.run(f"sherpa.study.trials.filter((t) => t.values.momentum >= {low} && t.values.momentum <= {high}).length")
    assert 100 < expected < 200 and low > 0.45
    tab.wait(f"sherpa.table.order.length === {expected}")
    tab.wait(f"sherpa.chart().chosen === {expected}")
    assert tab.text("#chosen") == f"{expected} of 300 trials"
    # On a second axis, by names of categories, and an expression beside it.
    tab.run("sherpa.brush('optimizer', {names: ['adam']})")
    tab.type("#filter", "layers > 4 and not failed")
    tab.wait("sherpa.table.order.every((id) => { const t = sherpa.study.trial(id); return t.values.optimizer === 'adam' && t.values.layers > 4"
             " && t.status === 1; }) && sherpa.table.order.length > 0 && sherpa.table.order.length < 60")
    # The link restores it.
    tab.wait("location.hash.includes('momentum') && location.hash.includes('layers')")
    count = tab.run("sherpa.table.order.length")
    tab.send("Page.reload")
    tab.wait(f"window.sherpa && sherpa.study.rows === 6000 && sherpa.table.order.length === {count}")
    tab.click("#clear")
    tab.wait("sherpa.table.order.length === 300")
    assert tab.errors == []


def test_sorts_and_highlights(stored, show, tab):
    tab.open(show(stored(300, 20)))
    tab.wait("sherpa.study.rows === 6000")
    tab.run("[...document.querySelectorAll('.head .td')].find((b) => b.textContent.startsWith('objective')).click()")
    tab.wait("sherpa.table.order[0] === sherpa.study.best.trial.id")
    x, y = tab.run("(() => { const b = document.querySelector('.tbody .tr').getBoundingClientRect(); return [b.x + 40, b.y + 8]; })()")
    tab.mouse("mouseMoved", x, y)
    tab.wait("sherpa.hovered === sherpa.study.best.trial.id && !document.querySelector('#tip').hidden")
    tab.click(".tbody .tr .td")
    tab.wait("document.querySelector('#trial h2').textContent.startsWith('Trial ' + sherpa.study.best.trial.id)")
    tab.key("Escape")
    tab.wait("document.querySelector('#trial').hidden")
    # Axes: reordered by dragging a name, hidden by the menu.
    tab.run("sherpa.reorder(['#objective', ...sherpa.shown().map((a) => a.name).filter((n) => n !== '#objective' && n !== 'warmup')])")
    assert tab.run("sherpa.parallel.axes.map((a) => a.axis.name)")[:2] == ["#objective", "learning_rate"]
    assert tab.errors == []


def test_the_stop_button_stops_the_trial(make_study, tab):
    study = make_study(study_file(trials=1, at_once=1), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.study.rows === 5")
    tab.wait("document.querySelector('.tbody .stop')")
    tab.click(".tbody .stop")
    tab.wait("document.querySelector('#dialog').open")
    assert tab.run("sherpa.study.trial(1).stopping") is False, "it asks first"
    tab.click("#dialog .danger")
    tab.wait("sherpa.study.trial(1).status === 3")
    assert study.process.wait(timeout=60) == 0
    assert [row["status"] for row in study.rows()][-1] == "STOPPED"
    assert tab.errors == []


def test_steers(make_study, tab):
    study = make_study(study_file(trials=3, at_once=1), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.study.rows === 5")
    tab.click("#pause")
    tab.wait("sherpa.study.about.paused && document.querySelector('#state').textContent === 'paused'")
    tab.click("#pause")
    tab.wait("!sherpa.study.about.paused")
    tab.click("#limit")
    tab.wait("document.querySelector('#dialog').open")
    tab.type("#dialog input", "2")
    tab.click("#dialog .main")
    tab.wait('sherpa.study.about.max_concurrent === 2 && document.querySelector("#limit").textContent.endsWith("2")')
    assert tab.errors == []


def test_goes_on_after_the_coordinator_restarts(make_study, tab):
    study = make_study(study_file(trials=3, at_once=1), hold=True)
    tab.open(study.start())
    tab.wait("sherpa.study.rows === 5")
    number = tab.run("window.kept = sherpa.study; sherpa.study.number")
    study.end()
    tab.wait("sherpa.state === 'lost'")
    study.start()
    tab.wait(f"sherpa.state === 'open' && sherpa.study.number > {number} && sherpa.study.trials[0].attempts.length === 2")
    assert tab.run("window.kept === sherpa.study"), "without being loaded again"
    assert tab.run("sherpa.study.trials[0].curve.length") == 5, "the second attempt replaces what the first reported"


def test_a_viewer_sees_and_cannot_change(make_study, tab):
    study = make_study(study_file(trials=1, at_once=1), hold=True)
    study.start()
    link = study.tell("dashboard", "--viewer").split()[-1]
    tab.open(link)
    tab.wait("sherpa.study.rows === 5 && sherpa.role === 'viewer'")
    assert tab.run("document.querySelectorAll('.stop, #pause:not([hidden]), #stop-trial').length") == 0
    assert tab.run("sherpa.connection.ask('POST', '/stop', {trial: 1}).then((a) => a.status)") == 403
    assert tab.run("fetch('/api/v1/study/pause', {method: 'POST'}).then((a) => a.status)") == 403
    assert tab.run("sherpa.study.about.paused") is False


def test_a_page_elsewhere_gets_nothing(make_study, tab, tmp_path):
    study = make_study(study_file(trials=1, at_once=1), hold=True)
    link = study.start()
    tab.open(link)
    tab.wait("sherpa.study.rows === 5")
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
    tab.wait("window.sherpa && sherpa.study.rows === 5")
    assert tab.run("sherpa.study.about.paused") is False


def test_without_a_link_it_says_what_to_do(show, stored, chromium):
    link = show(stored(300, 20))
    tab = chromium.tab()
    tab.send("Network.clearBrowserCookies")
    tab.open(link.split("/open/")[0] + "/")
    tab.wait("!document.querySelector('#gone').hidden && document.querySelector('#gone').textContent.includes('sherpa dashboard')")


def test_two_studies(stored, show, tab):
    tab.open(show(stored(300, 20), stored(40, 10)))
    tab.wait("sherpa.study.rows === 6000")
    assert tab.run("[...document.querySelectorAll('#studies option')].map((o) => o.textContent)") == ["study-300", "study-40"]
    tab.run("sherpa.openTab('compare')")
    tab.wait("sherpa.compared().length === 2 && sherpa.compared()[1].study.rows === 400")
    tab.run("(() => { const s = document.querySelector('#studies'); s.value = '1'; s.onchange(); })()")
    tab.wait("sherpa.study.rows === 400 && sherpa.study.about.name === 'study-40'")
    assert tab.errors == []


def test_a_report_shows_everything_without_asking_anybody(make_study, tab, tmp_path):
    study = make_study(study_file())
    study.start()
    assert study.process.wait(timeout=60) == 0
    (tmp_path / "report.html").write_text(study.tell("export", "--html"))
    tab.open(f"file://{tmp_path}/report.html")
    tab.wait("window.sherpa && sherpa.study.rows === 20 && document.querySelectorAll('.tbody .tr:not([hidden])').length === 4")
    assert tab.run("document.querySelectorAll('img, .stop, #pause:not([hidden])').length") == 0
    assert tab.requests == [f"file://{tmp_path}/report.html"]
    assert tab.errors == []


def test_ten_thousand_trials(stored, show, tab):
    tab.open(show(stored(10_000, 100)))
    tab.wait("sherpa.study.rows === 1000000")
    for chart in ("best", "timeline", "slices", "contour", "importance", "curves"):
        tab.run(f"sherpa.openTab('{chart}')")
    tab.type("#filter", "optimizer == adam")
    tab.wait("sherpa.table.order.length > 3000 && sherpa.table.order.length < 3700")
    tab.run("sherpa.table.root.scrollTop = 50000")
    tab.wait("document.querySelectorAll('.tbody .tr').length < 80")
    tab.send("HeapProfiler.collectGarbage")
    assert tab.run("performance.memory.usedJSHeapSize") < 300e6
    assert tab.errors == []


def test_fits_a_phone_and_a_large_screen(stored, show, tab):
    tab.open(show(stored(300, 20)))
    tab.wait("sherpa.study.rows === 6000")
    for width, height, scale in ((390, 844, 2), (3840, 2160, 1)):
        tab.size(width, height, scale)
        tab.wait(f"innerWidth === {width}")
        assert tab.run("document.documentElement.scrollWidth") <= width
        tab.wait("sherpa.parallel.width >= Math.min(innerWidth - 40, 2000)")
    assert tab.errors == []
