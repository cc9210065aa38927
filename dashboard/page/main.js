// The page: what is shown, what is selected, and who is told when it changes.
import { axesOf, keyOf, within } from "./axes.js";
import { dark, element, ink } from "./canvas.js";
import { Best, Compare, Contour, Importance, Lineage, Slices, Timeline } from "./charts.js";
import { ramp, steps } from "./colour.js";
import { Connection } from "./connection.js";
import { Curves } from "./curves.js";
import { compile } from "./filter.js";
import { Parallel } from "./parallel.js";
import { Workers } from "./workers.js";
import { SvgContext, savePng, saveText, toCsv, toJson } from "./save.js";
import { duration, format, robustRange } from "./scale.js";
import { askForConfiguration, askForLimit, confirmStop, help, showLink } from "./dialogs.js";
import { Study } from "./study.js";
import { Table } from "./table.js";
import { TrialPage } from "./trial.js";
import { fromHash, toHash, usual } from "./view.js";

const $ = (id) => document.getElementById(id);

const tabs = [
  ["curves", "curves"], ["best", "best so far"], ["timeline", "timeline"], ["slices", "slices"], ["contour", "contour"],
  ["importance", "importance"], ["lineage", "rungs"], ["workers", "workers"], ["compare", "compare"],
];

class App {
  constructor() {
    this.view = fromHash(location.hash);
    this.study = new Study();
    this.others = new Map(); // of several studies those that are compared, by their place
    this.axes = [];
    this.mask = new Uint8Array(0);
    this.hovered = null;
    this.role = "viewer";
    this.clock = 0;
    this.dirty = new Set();
    this.theme(this.view.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"), false);
    this.parallel = new Parallel($("parallel"), this);
    this.table = new Table($("table"), this);
    this.trialPage = new TrialPage($("trial"), this);
    this.charts = {};
    this.makeTabs();
    this.listen();
    if (globalThis.sherpaReport) this.showReport(globalThis.sherpaReport);
    else this.connect(this.view.study);
  }

  connect(index) {
    if (this.connection) this.connection.close();
    this.study = new Study();
    this.connection = new Connection(index, () => ({ uuid: this.study.about ? this.study.about.uuid : "", number: this.study.number }), {
      greeting: (message) => this.greet(message),
      frame: (buffer) => this.takeFrame(buffer),
      state: (state) => this.connected(state),
    });
  }

  // A page that was saved with all it shows.
  showReport({ greeting, frames }) {
    this.report = true;
    this.connection = { ask: async () => ({ status: 0, body: { detail: "this is a report: the study is not asked any more" } }), close() {} };
    this.greet(greeting);
    for (const frame of frames) {
      const bytes = Uint8Array.from(atob(frame), (c) => c.charCodeAt(0));
      this.takeFrame(bytes.buffer);
    }
    this.connected("open");
  }

  greet(message) {
    this.role = message.role;
    this.clock = message.now - Date.now();
    this.index = message.index;
    const select = $("studies");
    select.hidden = message.studies.length < 2;
    select.replaceChildren(...message.studies.map((name, i) => element("option", { value: String(i), textContent: name })));
    select.value = String(message.index);
    this.studyNames = message.studies;
    this.study.greet(message);
    this.grown = new Map();
    this.touch("trials");
    this.render();
  }

  takeFrame(buffer) {
    const version = this.study.version;
    const metrics = this.study.metricNames;
    const grown = this.study.take(buffer);
    for (const [trial, from] of grown) this.grown.set(trial, Math.min(from, this.grown.get(trial) ?? Infinity));
    const past = this.study.number < this.study.settled;
    if ((version !== this.study.version && !past) || metrics !== this.study.metricNames) this.touch("trials");
    if (grown.size || version !== this.study.version) this.touch("rows");
  }

  // What changed is drawn with the next frame of the screen, and what is costly not more often than the page can bear.
  touch(what) {
    this.dirty.add(what);
    if (this.timer) return;
    if (this.study.number < this.study.settled && this.lastRender) {
      // What happened before is still coming in: a look now and then is enough.
      this.timer = setTimeout(() => requestAnimationFrame(() => this.render()), 700);
      return;
    }
    const pause = Math.max(0, (this.lastRender || 0) + Math.min(1500, Math.max(60, (this.cost || 0) * 6)) - performance.now());
    this.timer = setTimeout(() => requestAnimationFrame(() => this.render()), pause);
  }

  render() {
    this.timer = null;
    if (!this.study.about) return;
    const begin = performance.now();
    const dirty = this.dirty;
    this.dirty = new Set();
    if (dirty.has("trials")) {
      this.axes = axesOf(this.study);
      for (const axis of this.axes) if (axis.name in this.view.logs) axis.log = this.view.logs[axis.name];
      this.select();
      this.parallel.update();
      this.table.update();
      this.chart().update();
      this.trialPage.update();
    } else if (dirty.has("rows")) {
      this.select();
      this.table.refresh();
      if (this.running()) this.parallelLater();
      if (this.view.tab !== "curves" || !this.chart().append(this.grown)) this.chart().update();
      this.trialPage.refresh(this.grown);
    }
    this.grown = new Map();
    this.drawnVersion = this.study.version;
    this.lastRender = performance.now();
    this.cost = this.lastRender - begin;
    this.drawBar();
  }

  running() {
    return this.study.trials.some((t) => t.running);
  }

  // The lines of running trials move on the objective's axis: seldom enough.
  parallelLater() {
    const now = performance.now();
    if (now - (this.parallelAt || 0) < 1000) {
      this.parallelTimer ??= setTimeout(() => {
        this.parallelTimer = null;
        this.parallelLater();
      }, 1000);
      return;
    }
    this.parallelAt = now;
    this.parallel.update();
  }

  // Which trials are selected: the filter's expression, and every brushed axis.
  select() {
    const { study, view } = this;
    const names = [...study.valueNames, ...study.metricNames.map((m) => "@" + m), "#objective"];
    let test = () => true;
    try {
      test = compile(view.filter, names, (t, name) => study.value(t, name));
      $("filter-error").textContent = "";
      $("filter").classList.remove("wrong");
    } catch (error) {
      $("filter-error").textContent = error.message;
      $("filter").classList.add("wrong");
    }
    const brushes = Object.entries(view.brushes).map(([name, brush]) => [this.axes.find((axis) => axis.name === name), brush]).filter(([axis]) => axis);
    const mask = new Uint8Array(study.trials.length);
    let chosen = 0;
    for (let i = 0; i < mask.length; ++i) {
      const trial = study.trials[i];
      mask[i] = brushes.every(([axis, brush]) => within(axis, brush, study.value(trial, axis.name))) && test(trial) ? 1 : 0;
      chosen += mask[i];
    }
    this.mask = mask;
    this.chosen = chosen;
    if (this.rangeOf !== study.version + ":" + study.rows) this.range = null;
    $("chosen").textContent = chosen === mask.length ? `${mask.length} trials` : `${chosen} of ${mask.length} trials`;
    $("clear").hidden = chosen === mask.length && !view.filter && !Object.keys(view.brushes).length;
  }

  colourRange() {
    if (!this.range) {
      const values = this.study.trials.map((t) => this.study.value(t, "#objective"));
      this.rangeOf = this.study.version + ":" + this.study.rows;
      this.range = robustRange(values, this.study.best ? [this.study.best.value] : []);
    }
    return this.range;
  }

  shown() {
    const usualOnes = this.axes.filter((axis) => axis.declared).map((axis) => axis.name);
    const names = this.view.axes || usualOnes;
    return names.map((name) => this.axes.find((axis) => axis.name === name)).filter(Boolean);
  }

  now() {
    return Date.now() + this.clock;
  }

  maySteer() {
    return this.role === "operator" && !this.report && this.state === "open" && !this.study.about.ended;
  }

  // Selection has changed; the data has not.
  selected() {
    this.select();
    this.parallel.paintFront();
    this.table.update();
    this.chart().update();
  }

  // While the mouse is moving only what is cheap follows at once.
  brush(name, brush) {
    const brushes = { ...this.view.brushes };
    if (brush) brushes[name] = brush;
    else delete brushes[name];
    this.changeView({ brushes });
    if (this.brushing) return;
    this.brushing = requestAnimationFrame(() => {
      this.brushing = null;
      this.select();
      this.parallel.paintFront(true);
      this.parallel.paintAxes();
      clearTimeout(this.after);
      this.after = setTimeout(() => {
        this.parallel.paintFront();
        this.table.update();
        this.chart().update();
      }, 120);
    });
  }

  hover(id) {
    if (id === this.hovered) return;
    this.hovered = id;
    this.hovering ??= requestAnimationFrame(() => {
      this.hovering = null;
      this.parallel.paintTop();
      this.table.mark();
      this.chart().paintTop();
      this.showTip();
    });
  }

  showTip() {
    const tip = $("tip");
    const trial = this.hovered && this.study.trial(this.hovered);
    tip.hidden = !trial || this.mouse.touch;
    if (!trial) return;
    const lines = [`trial ${trial.id} · ${this.study.value(trial, "#status")} · ${format(this.study.value(trial, "#objective"))}`];
    for (const axis of this.shown().slice(0, 9)) if (axis.name !== "#objective") lines.push(`${axis.label}: ${format(this.study.value(trial, axis.name))}`);
    tip.textContent = lines.join("\n");
    const { x, y } = this.mouse;
    tip.style.left = Math.min(x + 14, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.min(y + 16, innerHeight - tip.offsetHeight - 8) + "px";
  }

  changeView(change) {
    Object.assign(this.view, change);
    clearTimeout(this.hashTimer);
    this.hashTimer = setTimeout(() => history.replaceState(null, "", toHash(this.view) || location.pathname), 300);
  }

  openTrial(id) {
    this.changeView({ trial: id });
    const resized = $("trial").hidden !== !id;
    $("trial").hidden = !id;
    document.querySelector("main").classList.toggle("with-trial", Boolean(id));
    this.trialPage.update();
    this.table.mark();
    if (resized) this.resized();
    else {
      this.parallel.paintTop();
      this.chart().paintTop();
    }
  }

  resized() {
    if (!this.study.about) return;
    this.parallel.update();
    this.table.draw(true);
    this.chart().update();
    this.trialPage.update();
  }

  reorder(names) {
    this.changeView({ axes: names });
    this.parallel.update();
  }

  theme(name, remember = true) {
    document.documentElement.dataset.theme = name;
    if (remember) {
      this.changeView({ theme: name });
      this.resized();
      this.drawScale();
    }
  }

  drawScale() {
    const context = document.querySelector("#scale canvas").getContext("2d");
    ramp(dark()).forEach((colour, i) => {
      context.fillStyle = colour;
      context.fillRect(i * (96 / steps), 0, 96 / steps + 1, 8);
    });
  }

  // The tabs.
  makeTabs() {
    const kinds = { curves: Curves, best: Best, timeline: Timeline, slices: Slices, contour: Contour, importance: Importance, lineage: Lineage, workers: Workers, compare: Compare };
    for (const [name, label] of tabs) {
      const root = element("div", { id: "chart-" + name, hidden: true, className: name === "workers" ? "list" : "" });
      $("charts").append(root);
      this.charts[name] = new kinds[name](root, this);
      $("tabs").append(element("button", { id: "tab-" + name, role: "tab", textContent: label, onclick: () => this.openTab(name) }));
    }
    this.openTab(this.charts[this.view.tab] ? this.view.tab : "curves", false);
  }

  openTab(name, draw = true) {
    this.changeView({ tab: name });
    for (const [other] of tabs) {
      $("chart-" + other).hidden = other !== name;
      $("tab-" + other).setAttribute("aria-selected", String(other === name));
    }
    if (name === "compare") this.followOthers();
    if (draw && this.study.about) this.chart().update();
    this.drawOptions();
  }

  chart() {
    return this.charts[this.view.tab];
  }

  drawOptions() {
    const { view } = this;
    const box = $("chart-options");
    const parts = [];
    if (view.tab === "curves") {
      const select = element("select", { id: "metric", title: "which metric", onchange: () => this.option({ metric: select.value }) });
      select.append(element("option", { value: "", textContent: "objective" }), ...this.study.metricNames.map((name) => element("option", { value: name, textContent: name })));
      select.value = this.study.metricNames.includes(view.metric) ? view.metric : "";
      parts.push(select);
    }
    const check = (name, label) => {
      const input = element("input", { type: "checkbox", checked: Boolean(view[name]), onchange: () => this.option({ [name]: input.checked }) });
      return element("label", {}, input, " " + label);
    };
    if (view.tab === "curves" || view.tab === "best") parts.push(check("logY", "log"));
    if (view.tab === "best") parts.push(check("byTime", "against time"));
    this.optionsOf = view.tab + this.study.metricNames.join();
    box.replaceChildren(...parts);
  }

  option(change) {
    this.changeView(change);
    this.chart().update();
  }

  // The other studies, for comparison.
  followOthers() {
    if (!this.studyNames || this.report) return;
    this.studyNames.forEach((name, i) => {
      if (i === this.index || this.others.has(i)) return;
      const study = new Study();
      this.others.set(i, study);
      new Connection(i, () => ({ uuid: study.about ? study.about.uuid : "", number: study.number }), {
        greeting: (message) => {
          study.greet(message);
          if (this.view.tab === "compare") this.chart().update();
        },
        frame: (buffer) => {
          study.take(buffer);
          if (this.view.tab === "compare") this.touch("rows");
        },
        state: () => {},
      });
    });
  }

  compared() {
    return (this.studyNames || []).map((name, i) => ({ name, study: i === this.index ? this.study : this.others.get(i) })).filter((one) => one.study && one.study.about);
  }

  // The bar.
  connected(state) {
    this.state = state;
    $("gone").hidden = state === "open" || state === "connecting" || !this.study.about || Boolean(this.study.about.ended);
    $("gone").textContent = "The connection to the study is lost; this page comes back by itself when it can.";
    if (state === "refused") {
      $("gone").hidden = false;
      $("gone").textContent = "No study lets this browser in. Open the link that sherpa run printed, or that sherpa dashboard DIRECTORY makes.";
    }
    if (this.study.about) this.drawBar();
  }

  drawBar() {
    const { study } = this;
    const { about } = study;
    document.title = about.name + " · Sherpa";
    $("name").textContent = about.name;
    $("name").title = about.name + "\n" + about.uuid;
    const counts = study.counts();
    const algorithm = about.algorithm && about.algorithm.name;
    const lost = this.state === "lost" && !this.report;
    const words = about.ended ? { exhausted: "finished", budget: "finished", cancelled: "interrupted", error: "failed" }[about.ended.why] : lost ? "no connection" : about.paused ? "paused" : counts.running ? "running" : "waiting";
    $("state").textContent = words;
    $("state").className = about.ended ? "" : lost ? "lost" : about.paused ? "paused" : "live";
    $("state").title = about.ended ? about.ended.message : "";
    const ended = counts.completed + counts.failed + counts.stopped;
    const total = about.limits && about.limits.budget;
    const parts = [
      [algorithm || "", "", ""],
      [String(ended) + (total ? " / " + total : ""), "trials", ""],
      counts.running ? [String(counts.running), "running", "running"] : null,
      counts.failed ? [String(counts.failed), "failed", "failed"] : null,
      counts.stopped ? [String(counts.stopped), "stopped", "stopped"] : null,
    ].filter((part) => part && part[0]);
    $("facts").replaceChildren(
      ...parts.map(([number, word, filter]) => element(filter ? "button" : "span", filter ? { title: "select them", onclick: () => this.setFilter(filter) } : {}, element("b", { textContent: number }), word ? " " + word : "")),
    );
    if (study.best) {
      const best = study.best;
      $("facts").append(element("button", { id: "best", title: "open the best trial", onclick: () => this.openTrial(best.trial.id) }, "best ", element("b", { textContent: format(best.value, 5) }), " trial " + best.trial.id));
    }
    $("progress").firstElementChild.style.width = total ? Math.min(100, (100 * ended) / total) + "%" : about.ended ? "100%" : "0";
    const steer = this.maySteer();
    for (const id of ["pause", "limit", "enqueue"]) $(id).hidden = !steer;
    $("pause").textContent = about.paused ? "go on" : "pause";
    $("limit").textContent = about.max_concurrent ? "at once: " + about.max_concurrent : "at once: all";
    if (this.optionsOf !== this.view.tab + study.metricNames.join()) this.drawOptions();
    if ($("filter").value !== this.view.filter && document.activeElement !== $("filter")) $("filter").value = this.view.filter;
    if (this.view.trial && $("trial").hidden && study.trial(this.view.trial)) this.openTrial(this.view.trial);
  }

  setFilter(text) {
    $("filter").value = text;
    this.changeView({ filter: text });
    this.selected();
  }

  async steer(path, body) {
    const { status, body: answer } = await this.connection.ask("POST", path, body);
    if (status === 200) return "";
    return (answer && answer.detail) || "it could not be done";
  }

  askToStop(trial) {
    confirmStop(trial, () => this.steer("/stop", { trial: trial.id }));
  }

  menu(at, items) {
    const menu = $("menu");
    menu.replaceChildren(...items);
    menu.hidden = false;
    const box = at.getBoundingClientRect();
    menu.style.left = Math.max(4, Math.min(box.left, innerWidth - menu.offsetWidth - 8)) + "px";
    menu.style.top = Math.min(box.bottom + 4, innerHeight - menu.offsetHeight - 8) + "px";
  }

  axisMenu(axis, at) {
    const act = (label, action) =>
      element("button", {
        textContent: label,
        onclick: () => {
          $("menu").hidden = true;
          action();
        },
      });
    const items = [];
    if (axis.kind === "number")
      items.push(act(axis.log ? "linear scale" : "log scale", () => {
        this.changeView({ logs: { ...this.view.logs, [axis.name]: !axis.log } });
        axis.log = !axis.log;
        this.parallel.update();
      }));
    if (this.view.brushes[axis.name]) items.push(act("clear its brush", () => this.brush(axis.name, null)));
    const names = this.shown().map((one) => one.name);
    const move = (by) => {
      const from = names.indexOf(axis.name);
      names.splice(from, 1);
      names.splice(Math.max(0, from + by), 0, axis.name);
      this.reorder(names);
    };
    items.push(act("move left", () => move(-1)), act("move right", () => move(1)), act("hide", () => this.reorder(names.filter((name) => name !== axis.name))));
    this.menu(at, items);
  }

  axesMenu() {
    const names = this.shown().map((one) => one.name);
    const items = this.axes.map((axis) => {
      const input = element("input", {
        type: "checkbox", checked: names.includes(axis.name),
        onchange: () => {
          const now = this.shown().map((one) => one.name).filter((name) => name !== axis.name);
          this.reorder(input.checked ? [...now, axis.name] : now);
        },
      });
      return element("label", {}, input, axis.label);
    });
    this.menu($("axes"), items);
  }

  saveMenu() {
    const { study } = this;
    const name = study.about.name;
    const ids = this.table.order;
    const chart = this.chart();
    const pane = document.getElementById("chart-" + this.view.tab);
    const svg = (of, draw, what) => {
      const context = new SvgContext(of.width, of.height);
      draw(context);
      saveText(`${name}-${what}.svg`, context.toString(ink("panel")), "image/svg+xml");
    };
    const act = (label, action) => element("button", { textContent: label, onclick: () => (($("menu").hidden = true), action()) });
    const items = [
      act("table as CSV", () => saveText(name + ".csv", toCsv(study, ids), "text/csv")),
      act("table as JSON", () => saveText(name + ".json", toJson(study, ids), "application/json")),
      act("parallel coordinates as PNG", () => savePng(name + "-parallel.png", $("parallel"), ink("panel"))),
      act("parallel coordinates as SVG", () => svg(this.parallel, (context) => this.parallel.drawInto(context), "parallel")),
    ];
    if (pane.querySelector("canvas")) items.push(act("chart as PNG", () => savePng(`${name}-${this.view.tab}.png`, pane, ink("panel"))));
    if (chart.drawInto || chart.draw) items.push(act("chart as SVG", () => svg(chart, (context) => (chart.drawInto ? chart.drawInto(context) : chart.draw(context)), this.view.tab)));
    this.menu($("save"), items);
  }

  listen() {
    this.mouse = { x: 0, y: 0, touch: false };
    addEventListener("pointermove", (event) => Object.assign(this.mouse, { x: event.clientX, y: event.clientY, touch: event.pointerType === "touch" }), { capture: true, passive: true });
    addEventListener("pointerdown", (event) => {
      if (!$("menu").hidden && !$("menu").contains(event.target)) $("menu").hidden = true;
    });
    new ResizeObserver(() => this.resized()).observe(document.querySelector("main"));
    $("filters").addEventListener("submit", (event) => event.preventDefault());
    $("filter").addEventListener("input", () => {
      this.changeView({ filter: $("filter").value });
      if (this.study.about) this.selected();
    });
    $("clear").onclick = () => {
      this.changeView({ brushes: {}, filter: "" });
      $("filter").value = "";
      this.selected();
      this.parallel.paintAxes();
    };
    $("studies").onchange = () => {
      const kept = { ...usual(), study: Number($("studies").value), theme: this.view.theme, tab: this.view.tab };
      this.view = kept;
      this.changeView({});
      this.openTrial(null);
      this.others.clear();
      this.connect(kept.study);
    };
    $("theme").onclick = () => this.theme(dark() ? "light" : "dark");
    $("help").onclick = () => help(this.axes.map((axis) => axis.label));
    $("axes").onclick = () => this.axesMenu();
    $("save").onclick = () => this.study.about && this.saveMenu();
    $("link").onclick = () => showLink(location.href.split("#")[0] + toHash(this.view));
    $("pause").onclick = () => this.steer(this.study.about.paused ? "/resume" : "/pause");
    $("limit").onclick = () => askForLimit(this.study.about.max_concurrent, (n) => this.steer("/limit", { max_concurrent: n }));
    $("enqueue").onclick = () => askForConfiguration(this.study, this.view.trial || (this.study.best && this.study.best.trial.id), (parameters) => this.steer("/enqueue", { parameters }));
    addEventListener("keydown", (event) => this.key(event));
    this.drawScale();
  }

  key(event) {
    if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const digit = Number(event.key);
    if (digit >= 1 && digit <= tabs.length) return this.openTab(tabs[digit - 1][0]);
    switch (event.key) {
      case "/":
        event.preventDefault();
        return $("filter").focus();
      case "t": return this.theme(dark() ? "light" : "dark");
      case "?": return help(this.axes.map((axis) => axis.label));
      case "b": return this.study.best && this.openTrial(this.study.best.trial.id);
      case "s": {
        const trial = this.view.trial && this.study.trial(this.view.trial);
        return trial && trial.running && this.maySteer() && this.askToStop(trial);
      }
      case "j": case "k": case "ArrowDown": case "ArrowUp":
        return event.target.closest("#table") ? undefined : this.table.key(event);
      case "Escape":
        if (!$("menu").hidden) return ($("menu").hidden = true);
        if (this.view.trial) return this.openTrial(null);
        return $("clear").hidden || $("clear").click();
    }
  }
}

globalThis.sherpa = new App();
