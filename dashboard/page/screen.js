// Everything that draws, and which of it a change of the store concerns.
import { drawBar, drawConnection, drawOptions, drawSelection, drawStudies } from "./bar.js";
import { element } from "./canvas.js";
import { Best, Compare } from "./best.js";
import { Contour } from "./contour.js";
import { Importance } from "./importance.js";
import { Lineage } from "./lineage.js";
import { Slices } from "./slices.js";
import { Timeline } from "./timeline.js";
import { Curves } from "./curves.js";
import { confirmStop } from "./dialogs.js";
import { followOthers } from "./feeds.js";
import { axisMenu } from "./menus.js";
import { Pace, seldom } from "./pace.js";
import { Parallel } from "./parallel.js";
import { Table } from "./table.js";
import { showTip } from "./tip.js";
import { TrialPage } from "./trial.js";
import { Workers } from "./workers.js";

const $ = (id) => document.getElementById(id);

// The charts: name, label, class.
export const tabs = [
  ["curves", "curves", Curves],
  ["best", "best so far", Best],
  ["timeline", "timeline", Timeline],
  ["slices", "slices", Slices],
  ["contour", "contour", Contour],
  ["importance", "importance", Importance],
  ["lineage", "rungs", Lineage],
  ["workers", "workers", Workers],
  ["compare", "compare", Compare],
];

// What people do within a drawing.
const actionsOf = (store) => ({
  hover: (id) => store.hover(id),
  open: (id) => store.openTrial(id),
  stop: (trial) => confirmStop(trial, () => store.steer("/stop", { trial: trial.id })),
  ask: (path) => store.connection.ask("GET", path),
  brush: (name, brush) => store.brush(name, brush),
  showAxes: (names) => store.showAxes(names),
  axisMenu: (axis, at) => axisMenu(store, axis, at),
  changeView: (change) => store.changeView(change),
  setOption: (change) => store.setOption(change),
});

export class Screen {
  constructor(store) {
    this.store = store;
    this.mouse = { x: 0, y: 0, touch: false };
    const actions = actionsOf(store);
    this.parallel = new Parallel($("parallel"), actions);
    this.table = new Table($("table"), actions);
    this.trialPage = new TrialPage($("trial"), actions);
    this.charts = {};
    this.makeTabs(actions);
    this.pace = new Pace(
      (dirty) => this.draw(dirty),
      () => store.catchingUp(),
    );
    this.drawParallelSoon = seldom(() => this.parallel.update(store.scene()));
    this.listen();
  }

  listen() {
    const { store, pace } = this;
    store.on("greeting", () => {
      drawStudies(store);
      pace.touch("trials");
      pace.run();
    });
    store.on("data", (what) => pace.touch(what));
    store.on("compared", () => store.view.tab === "compare" && pace.touch("rows"));
    store.on("selection", () => this.drawSelection());
    store.on("brushing", () => this.drawBrushing());
    store.on("axes", () => this.parallel.update(store.scene()));
    store.on("hover", () => this.drawHover());
    store.on("trial", () => this.showTrial());
    store.on("tab", () => this.showTab());
    store.on("option", () => this.chart().update(store.scene()));
    store.on("state", () => {
      drawConnection(store);
      this.drawBar();
    });
  }

  makeTabs(actions) {
    for (const [name, label, Kind] of tabs) {
      const className = name === "workers" ? "list" : "";
      const root = element("div", { id: "chart-" + name, hidden: true, className });
      const onclick = () => this.store.openTab(name);
      $("charts").append(root);
      this.charts[name] = new Kind(root, actions);
      $("tabs").append(
        element("button", { id: "tab-" + name, role: "tab", textContent: label, onclick }),
      );
    }
    if (!this.charts[this.store.view.tab]) this.store.changeView({ tab: "curves" });
    this.markTab();
  }

  chart() {
    return this.charts[this.store.view.tab];
  }

  // Whether there is a study to draw.
  draw(dirty) {
    const { store } = this;
    if (!store.study.about) return false;
    if (dirty.has("trials")) this.drawTrials();
    else if (dirty.has("rows")) this.drawRows();
    store.grown = new Map();
    this.drawBar();
    return true;
  }

  drawTrials() {
    const { store } = this;
    store.refresh();
    drawSelection(store);
    this.drawAll();
  }

  drawAll() {
    const scene = this.store.scene();
    this.parallel.update(scene);
    this.table.update(scene);
    this.chart().update(scene);
    this.trialPage.update(scene);
  }

  drawRows() {
    const { store } = this;
    store.select();
    drawSelection(store);
    const scene = store.scene();
    this.table.refresh(scene);
    if (store.running()) this.drawParallelSoon(); // its lines move on the objective's axis
    if (store.view.tab !== "curves" || !this.chart().append(store.grown, scene))
      this.chart().update(scene);
    this.trialPage.refresh(store.grown, scene);
  }

  drawSelection() {
    const { store } = this;
    if (!store.study.about) return;
    store.select();
    drawSelection(store);
    const scene = store.scene();
    this.parallel.paintFront(scene);
    this.parallel.paintAxes(scene);
    this.table.update(scene);
    this.chart().update(scene);
  }

  // While the mouse is moving only what is cheap follows at once.
  drawBrushing() {
    this.brushing ??= requestAnimationFrame(() => {
      this.brushing = null;
      const { store } = this;
      store.select();
      drawSelection(store);
      const scene = store.scene();
      this.parallel.paintFront(scene, true);
      this.parallel.paintAxes(scene);
      clearTimeout(this.afterBrushing);
      this.afterBrushing = setTimeout(() => {
        const settled = store.scene();
        this.parallel.paintFront(settled);
        this.table.update(settled);
        this.chart().update(settled);
      }, 120);
    });
  }

  drawHover() {
    this.hovering ??= requestAnimationFrame(() => {
      this.hovering = null;
      this.drawFocus();
      showTip(
        { ...this.store.focus(), study: this.store.study, shown: this.store.shown() },
        this.mouse,
      );
    });
  }

  drawFocus() {
    const focus = this.store.focus();
    this.parallel.paintTop(focus);
    this.table.mark(focus);
    this.chart().paintTop(focus);
  }

  showTrial() {
    const { store } = this;
    const id = store.view.trial;
    const aside = $("trial");
    const resized = aside.hidden !== !id;
    aside.hidden = !id;
    document.querySelector("main").classList.toggle("with-trial", Boolean(id));
    if (resized) this.resized();
    else if (store.study.about) {
      this.trialPage.update(store.scene());
      this.drawFocus();
    }
    // On a narrow screen the trial is below everything else.
    if (id && matchMedia("(max-width: 820px)").matches) aside.scrollIntoView();
  }

  resized() {
    const { store } = this;
    if (!store.study.about) return;
    const scene = store.scene();
    this.parallel.update(scene);
    this.table.draw(true);
    this.table.mark(scene.focus);
    this.chart().update(scene);
    this.trialPage.update(scene);
  }

  showTab() {
    const { store } = this;
    this.markTab();
    if (store.view.tab === "compare") followOthers(store);
    if (store.study.about) this.chart().update(store.scene());
    drawOptions(store);
  }

  markTab() {
    for (const [name] of tabs) {
      const shown = name === this.store.view.tab;
      $("chart-" + name).hidden = !shown;
      $("tab-" + name).setAttribute("aria-selected", String(shown));
    }
  }

  drawBar() {
    const { store } = this;
    if (!store.study.about) return;
    drawBar(store);
    const { trial } = store.view;
    if (trial && $("trial").hidden && store.study.trial(trial)) store.openTrial(trial);
  }
}
