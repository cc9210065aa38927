// The state of the page: the study, how it is shown, what is selected. Nothing here draws.
//
// Events, by what has changed:
//   view       the view: what a link to it restores
//   greeting   another study, or another connection to it
//   data       (what) "trials": trials, parameters or metrics; "rows": observations
//   selection  the filter or the brushes
//   brushing   a brush that is still moving
//   axes       which axes are shown, in which order, on which scale
//   hover      the trial under the mouse
//   trial      the trial that is open
//   tab        the chart that is shown
//   option     what a chart shows
//   state      the state of the connection
//   compared   another study, for comparison
import { axesOf, within } from "./axes.js";
import { compile } from "./filter.js";
import { robustRange } from "./scale.js";
import { Study } from "./study.js";
import { usual } from "./view.js";

export class Store {
  constructor(view = usual()) {
    this.listeners = new Map();
    this.view = view;
    this.study = new Study();
    this.connection = null; // { ask(method, path, body), close() }
    this.state = "connecting"; // of the connection
    this.report = false; // a page that was saved: there is no study to ask
    this.role = "viewer";
    this.clock = 0; // milliseconds by which the coordinator's clock is ahead
    this.names = []; // of all studies that are shown
    this.index = 0; // of this one among them
    this.others = new Map(); // the studies it is compared with, by their index
    this.axes = [];
    this.mask = new Uint8Array(0); // by trial: 1 if it is selected
    this.chosen = 0;
    this.filterError = "";
    this.hovered = null;
    this.grown = new Map(); // trials with new observations, and where these begin
  }

  on(event, listener) {
    if (!this.listeners.has(event)) this.listeners.set(event, []);
    this.listeners.get(event).push(listener);
  }

  tell(event, detail) {
    for (const listener of this.listeners.get(event) || []) listener(detail);
  }

  greet(message) {
    this.role = message.role;
    this.clock = message.now - Date.now();
    this.index = message.index;
    this.names = message.studies;
    this.study.greet(message);
    this.grown = new Map();
    this.tell("greeting");
  }

  take(buffer) {
    const { study } = this;
    const { version, metricNames } = study;
    const grown = study.take(buffer);
    for (const [trial, from] of grown)
      this.grown.set(trial, Math.min(from, this.grown.get(trial) ?? Infinity));
    const changed = version !== study.version;
    if ((changed && !this.catchingUp()) || metricNames !== study.metricNames)
      this.tell("data", "trials");
    if (grown.size || changed) this.tell("data", "rows");
  }

  // Facts that the snapshot includes are still arriving.
  catchingUp() {
    return this.study.number < this.study.settled;
  }

  takeGrown() {
    const { grown } = this;
    this.grown = new Map();
    return grown;
  }

  setState(state) {
    this.state = state;
    this.tell("state");
  }

  // Axes and selection, after trials have changed.
  refresh() {
    this.axes = axesOf(this.study);
    for (const axis of this.axes)
      if (axis.name in this.view.logs) axis.log = this.view.logs[axis.name];
    this.select();
  }

  // Selects trials: by the filter's expression and every brushed axis.
  select() {
    const { study, view } = this;
    const test = this.filter();
    const brushes = Object.entries(view.brushes)
      .map(([name, brush]) => [this.axes.find((axis) => axis.name === name), brush])
      .filter(([axis]) => axis);
    const inBrushes = (trial) =>
      brushes.every(([axis, brush]) => within(axis, brush, study.value(trial, axis.name)));
    this.mask = new Uint8Array(study.trials.length);
    this.chosen = 0;
    study.trials.forEach((trial, i) => {
      if (!inBrushes(trial) || !test(trial)) return;
      this.mask[i] = 1;
      ++this.chosen;
    });
  }

  filter() {
    const { study, view } = this;
    const metrics = study.metricNames.map((metric) => "@" + metric);
    this.filterError = "";
    try {
      const names = [...study.valueNames, ...metrics, "#objective"];
      return compile(view.filter, names, (trial, name) => study.value(trial, name));
    } catch (error) {
      this.filterError = error.message;
      return () => true;
    }
  }

  colourRange() {
    const { study } = this;
    const key = study.version + ":" + study.rows;
    if (this.rangeOf !== study || this.rangeKey !== key) {
      const values = study.trials.map((trial) => study.value(trial, "#objective"));
      this.range = robustRange(values, study.best ? [study.best.value] : []);
      Object.assign(this, { rangeOf: study, rangeKey: key });
    }
    return this.range;
  }

  shown() {
    const declared = this.axes.filter((axis) => axis.declared).map((axis) => axis.name);
    const names = this.view.axes || declared;
    return names.map((name) => this.axes.find((axis) => axis.name === name)).filter(Boolean);
  }

  now() {
    return this.study.until(Date.now() + this.clock);
  }

  maySteer() {
    const ended = !this.study.about || this.study.about.ended;
    return this.role === "operator" && !this.report && this.state === "open" && !ended;
  }

  running() {
    return this.study.trials.some((trial) => this.study.runs(trial));
  }

  compared() {
    return this.names
      .map((name, i) => ({ name, study: i === this.index ? this.study : this.others.get(i) }))
      .filter(({ study }) => study && study.about);
  }

  // What drawings need.
  scene() {
    const { study, view, axes, mask, chosen } = this;
    return {
      study,
      view,
      axes,
      mask,
      chosen,
      shown: this.shown(),
      range: this.colourRange(),
      now: this.now(),
      maySteer: this.maySteer(),
      report: this.report,
      compared: this.compared(),
      focus: this.focus(),
    };
  }

  // The trials that are emphasized, by their numbers.
  focus() {
    return { hovered: this.hovered, opened: this.view.trial };
  }

  // What people change.

  changeView(change) {
    Object.assign(this.view, change);
    this.tell("view");
  }

  showStudy(index) {
    const { theme, tab } = this.view;
    this.view = { ...usual(), study: index, theme, tab };
    this.tell("view");
    this.openTrial(null);
  }

  hover(id) {
    if (id === this.hovered) return;
    this.hovered = id;
    this.tell("hover");
  }

  openTrial(id) {
    this.changeView({ trial: id });
    this.tell("trial");
  }

  openTab(tab) {
    this.changeView({ tab });
    this.tell("tab");
  }

  setOption(change) {
    this.changeView(change);
    this.tell("option");
  }

  setFilter(text) {
    this.changeView({ filter: text });
    this.tell("selection");
  }

  clearSelection() {
    this.changeView({ brushes: {}, filter: "" });
    this.tell("selection");
  }

  // `brush`: { ranges } or { names }; null clears it.
  brush(name, brush) {
    const brushes = { ...this.view.brushes };
    if (brush) brushes[name] = brush;
    else delete brushes[name];
    this.changeView({ brushes });
    this.tell("brushing");
  }

  showAxes(names) {
    this.changeView({ axes: names });
    this.tell("axes");
  }

  toggleLog(axis) {
    axis.log = !axis.log;
    this.changeView({ logs: { ...this.view.logs, [axis.name]: axis.log } });
    this.tell("axes");
  }

  // Resolves to "" or to the reason of a refusal.
  async steer(path, body) {
    const { status, body: answer } = await this.connection.ask("POST", path, body);
    if (status === 200) return "";
    return (answer && answer.detail) || "the study refused without a reason";
  }
}
