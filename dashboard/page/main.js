// The page: what is shown, what is selected, and who is told when it changes.
import { axesOf, within } from "./axes.js";
import { drawBar, drawConnection, drawOptions } from "./bar.js";
import { dark, element } from "./canvas.js";
import { Best, Compare, Contour, Importance, Lineage, Slices, Timeline } from "./charts.js";
import { ramp, steps } from "./colour.js";
import { Connection } from "./connection.js";
import { listen } from "./controls.js";
import { Curves } from "./curves.js";
import { confirmStop } from "./dialogs.js";
import { compile } from "./filter.js";
import { FrameError } from "./frame.js";
import { axesMenu, axisMenu } from "./menus.js";
import { Parallel } from "./parallel.js";
import { format, robustRange } from "./scale.js";
import { Study } from "./study.js";
import { Table } from "./table.js";
import { TrialPage } from "./trial.js";
import { fromHash, toHash } from "./view.js";
import { Workers } from "./workers.js";

const $ = (id) => document.getElementById(id);

const tabs = [
  ["curves", "curves"],
  ["best", "best so far"],
  ["timeline", "timeline"],
  ["slices", "slices"],
  ["contour", "contour"],
  ["importance", "importance"],
  ["lineage", "rungs"],
  ["workers", "workers"],
  ["compare", "compare"],
];

class App {
  constructor() {
    this.view = fromHash(location.hash);
    this.tabs = tabs;
    this.study = new Study();
    this.others = new Map(); // of several studies those that are compared, by their place
    this.axes = [];
    this.mask = new Uint8Array(0);
    this.hovered = null;
    this.role = "viewer";
    this.clock = 0;
    this.dirty = new Set();
    this.theme(
      this.view.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
      false,
    );
    this.parallel = new Parallel($("parallel"), this);
    this.table = new Table($("table"), this);
    this.trialPage = new TrialPage($("trial"), this);
    this.charts = {};
    this.makeTabs();
    listen(this);
    if (globalThis.sherpaReport) this.showReport(globalThis.sherpaReport);
    else this.connect(this.view.study);
  }

  connect(index) {
    if (this.connection) this.connection.close();
    this.study = new Study();
    this.connection = this.follow(index, this.study, {
      greeting: (message) => this.greet(message),
      frame: (buffer) => this.takeFrame(buffer),
      state: (state) => this.connected(state),
    });
  }

  follow(index, study, handlers) {
    return new Connection(
      index,
      () => ({
        uuid: study.about ? study.about.uuid : "",
        number: study.number,
        ended: Boolean(study.about && study.about.ended),
      }),
      {
        ...handlers,
        broken: (error) => {
          console.error(error);
          if (!(error instanceof FrameError)) study.clear(); // who knows how much of it was taken
        },
      },
    );
  }

  // A page that was saved with all it shows.
  showReport({ greeting, frames }) {
    this.report = true;
    this.connection = {
      ask: async () => ({
        status: 0,
        body: { detail: "this is a report: the study is not asked any more" },
      }),
      close() {},
    };
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
    select.replaceChildren(
      ...message.studies.map((name, i) =>
        element("option", { value: String(i), textContent: name }),
      ),
    );
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
    for (const [trial, from] of grown)
      this.grown.set(trial, Math.min(from, this.grown.get(trial) ?? Infinity));
    const past = this.study.number < this.study.settled;
    if ((version !== this.study.version && !past) || metrics !== this.study.metricNames)
      this.touch("trials");
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
    const pause = Math.max(
      0,
      (this.lastRender || 0) +
        Math.min(1500, Math.max(60, (this.cost || 0) * 6)) -
        performance.now(),
    );
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
      for (const axis of this.axes)
        if (axis.name in this.view.logs) axis.log = this.view.logs[axis.name];
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
    const brushes = Object.entries(view.brushes)
      .map(([name, brush]) => [this.axes.find((axis) => axis.name === name), brush])
      .filter(([axis]) => axis);
    const mask = new Uint8Array(study.trials.length);
    let chosen = 0;
    for (let i = 0; i < mask.length; ++i) {
      const trial = study.trials[i];
      mask[i] =
        brushes.every(([axis, brush]) => within(axis, brush, study.value(trial, axis.name))) &&
        test(trial)
          ? 1
          : 0;
      chosen += mask[i];
    }
    this.mask = mask;
    this.chosen = chosen;
    if (this.rangeOf !== study.version + ":" + study.rows) this.range = null;
    $("chosen").textContent =
      chosen === mask.length ? `${mask.length} trials` : `${chosen} of ${mask.length} trials`;
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
    return (
      this.role === "operator" && !this.report && this.state === "open" && !this.study.about.ended
    );
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
    const lines = [
      `trial ${trial.id} · ${this.study.value(trial, "#status")} · ${format(this.study.value(trial, "#objective"))}`,
    ];
    for (const axis of this.shown().slice(0, 9))
      if (axis.name !== "#objective")
        lines.push(`${axis.label}: ${format(this.study.value(trial, axis.name))}`);
    tip.textContent = lines.join("\n");
    const { x, y } = this.mouse;
    tip.style.left = Math.min(x + 14, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.min(y + 16, innerHeight - tip.offsetHeight - 8) + "px";
  }

  changeView(change) {
    Object.assign(this.view, change);
    clearTimeout(this.hashTimer);
    this.hashTimer = setTimeout(
      () => history.replaceState(null, "", toHash(this.view) || location.pathname),
      300,
    );
  }

  openTrial(id) {
    this.changeView({ trial: id });
    const resized = $("trial").hidden !== !id;
    $("trial").hidden = !id;
    document.querySelector("main").classList.toggle("with-trial", Boolean(id));
    this.trialPage.update();
    this.table.mark();
    if (id && matchMedia("(max-width: 820px)").matches) $("trial").scrollIntoView(); // there it is below all else
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
    const kinds = {
      curves: Curves,
      best: Best,
      timeline: Timeline,
      slices: Slices,
      contour: Contour,
      importance: Importance,
      lineage: Lineage,
      workers: Workers,
      compare: Compare,
    };
    for (const [name, label] of tabs) {
      const root = element("div", {
        id: "chart-" + name,
        hidden: true,
        className: name === "workers" ? "list" : "",
      });
      $("charts").append(root);
      this.charts[name] = new kinds[name](root, this);
      $("tabs").append(
        element("button", {
          id: "tab-" + name,
          role: "tab",
          textContent: label,
          onclick: () => this.openTab(name),
        }),
      );
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
    drawOptions(this);
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
      study.connection = this.follow(i, study, {
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

  forgetOthers() {
    for (const study of this.others.values()) study.connection.close();
    this.others.clear();
  }

  compared() {
    return (this.studyNames || [])
      .map((name, i) => ({ name, study: i === this.index ? this.study : this.others.get(i) }))
      .filter((one) => one.study && one.study.about);
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

  // What happens to the connection.
  connected(state) {
    this.state = state;
    drawConnection(this);
    this.drawBar();
  }

  drawBar() {
    if (!this.study.about) return;
    drawBar(this);
    if (this.optionsOf !== this.view.tab + this.study.metricNames.join()) this.drawOptions();
    if (this.view.trial && $("trial").hidden && this.study.trial(this.view.trial))
      this.openTrial(this.view.trial);
  }

  axisMenu(axis, at) {
    axisMenu(this, axis, at);
  }

  axesMenu() {
    axesMenu(this);
  }
}

globalThis.sherpa = new App();
