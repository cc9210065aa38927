// The objective, or a metric, of every trial against the iteration.
import { Painter, dark, drawAxes, element, ink, prepare, shuffled } from "./canvas.js";
import { ramp, stepOf } from "./colour.js";
import { format, linear, logOf, robustRange } from "./scale.js";

const margin = { top: 30, right: 14, bottom: 38, left: 62 };

export class Curves {
  // `actions`: hover(id), open(id).
  constructor(root, { hover, open }) {
    this.root = root;
    this.axesCanvas = root.appendChild(element("canvas"));
    this.lines = root.appendChild(element("canvas"));
    this.top = root.appendChild(element("canvas"));
    this.painter = new Painter();
    this.top.addEventListener("pointermove", (event) => {
      const box = this.top.getBoundingClientRect();
      this.found = this.nearest(event.clientX - box.left, event.clientY - box.top);
      hover(this.found);
    });
    this.top.addEventListener("pointerleave", () => hover((this.found = null)));
    this.top.addEventListener("click", () => this.found && open(this.found));
  }

  measure() {
    const { study, view } = this.scene;
    const values = [];
    let first = Infinity;
    let last = -Infinity;
    // A sample is enough to know where nearly all of them lie.
    const stride = Math.max(1, Math.ceil(study.rows / 60000));
    let count = 0;
    for (let i = 0; i < study.trials.length; ++i) {
      const curve = study.trials[i].curve;
      if (!curve.length) continue;
      const column = curve.column(view.metric);
      first = Math.min(first, curve.iterations[0]);
      last = Math.max(last, curve.iterations[curve.length - 1]);
      if (column)
        for (let j = 0; j < curve.length; ++j)
          if (++count % stride === 0 || stride === 1) values.push(column[j]);
    }
    if (!(last >= first)) [first, last] = [0, 1];
    return {
      x: [first, last],
      values,
      keep: view.metric === "" && study.best ? [study.best.value] : [],
    };
  }

  layout() {
    this.width = this.root.clientWidth;
    this.height = this.root.clientHeight;
    const box = {
      left: margin.left,
      right: this.width - margin.right,
      top: margin.top,
      bottom: this.height - margin.bottom,
    };
    const { x, values, keep } = this.measure();
    this.box = box;
    this.x = linear(x, [box.left, box.right]);
    if (this.scene.view.logY) this.y = logOf(values, keep, [box.bottom, box.top]);
    else {
      const [low, high] = robustRange(values, keep);
      const pad = (high - low) * 0.03;
      this.y = linear([low - pad, high + pad], [box.bottom, box.top]);
    }
    this.last = x[1];
  }

  update(scene) {
    this.scene = scene;
    if (!this.root.clientWidth) return;
    this.layout();
    const context = prepare(this.axesCanvas, this.width, this.height);
    const { view } = this.scene;
    drawAxes(
      context,
      this.x,
      this.y,
      this.box,
      { x: "iteration", y: view.metric || "objective" },
      (t) => format(t, 4),
    );
    this.paint();
    this.paintTop(scene.focus);
  }

  begin(context) {
    context.save();
    context.beginPath();
    context.rect(
      this.box.left,
      this.box.top - 1,
      this.box.right - this.box.left + 1,
      this.box.bottom - this.box.top + 2,
    );
    context.clip();
    context.lineJoin = "round";
  }

  trace(context, trial, from = 0) {
    const curve = trial.curve;
    const column = curve.column(this.scene.view.metric);
    if (!column || !curve.length) return;
    const { x, y } = this;
    const iterations = curve.iterations;
    context.beginPath();
    if (curve.length === 1) {
      context.arc(x(iterations[0]), y(column[0]), 1.5, 0, 7);
      return context.stroke();
    }
    // No more points than pixels.
    const stride = Math.max(1, Math.floor((curve.length - from) / Math.max(60, this.width)));
    let on = false;
    for (let i = from; i < curve.length; i += stride) {
      const value = y(column[i]);
      if (Number.isNaN(value) || value === Infinity || value === -Infinity) {
        on = false;
        continue;
      }
      const place = Math.max(-1e4, Math.min(1e4, value));
      if (on) context.lineTo(x(iterations[i]), place);
      else context.moveTo(x(iterations[i]), place);
      on = true;
    }
    context.stroke();
  }

  style(context, chosen) {
    context.lineWidth = chosen > 200 ? 1 : 1.3;
    context.globalAlpha = chosen > 3000 ? 0.3 : chosen > 400 ? 0.5 : 0.85;
  }

  paint() {
    const { study, mask } = this.scene;
    const chosen = [...shuffled(study.trials.length)].filter(
      (i) => mask[i] && study.trials[i].curve.length,
    );
    const context = prepare(this.lines, this.width, this.height);
    this.begin(context);
    this.style(context, chosen.length);
    this.chosen = chosen.length;
    const colours = ramp(dark());
    const range = this.scene.range;
    const none = ink("dim");
    this.painter.run(
      chosen.length,
      (at) => {
        const trial = study.trials[chosen[at]];
        const step = stepOf(study.value(trial, "#objective"), range, study.lower);
        context.strokeStyle = step < 0 ? none : colours[step];
        this.trace(context, trial);
      },
      () => context.restore(),
    );
  }

  // All of it at once, for a file.
  drawInto(context) {
    const { study, mask, view } = this.scene;
    drawAxes(
      context,
      this.x,
      this.y,
      this.box,
      { x: "iteration", y: view.metric || "objective" },
      (t) => format(t, 4),
    );
    this.begin(context);
    const colours = ramp(dark());
    const range = this.scene.range;
    for (const trial of study.trials) {
      if (!mask[trial.id - 1] || !trial.curve.length) continue;
      const step = stepOf(study.value(trial, "#objective"), range, study.lower);
      context.strokeStyle = step < 0 ? ink("dim") : colours[step];
      this.trace(context, trial);
    }
    context.restore();
  }

  // Draws new observations of a few trials, where they fit into the drawing; false: draw it again.
  append(grown, scene) {
    this.scene = scene;
    if (!this.x || !this.chosen) return false;
    const { study, mask, view } = this.scene;
    for (const [trial, from] of grown) {
      const curve = trial.curve;
      if (from === 0 || !curve.sorted || curve.iterations[curve.length - 1] > this.last)
        return false;
    }
    const context = this.lines.getContext("2d");
    this.begin(context);
    this.style(context, this.chosen);
    const colours = ramp(dark());
    const range = this.scene.range;
    for (const [trial, from] of grown) {
      if (!mask[trial.id - 1] || !trial.curve.column(view.metric)) continue;
      const step = stepOf(study.value(trial, "#objective"), range, study.lower);
      context.strokeStyle = step < 0 ? ink("dim") : colours[step];
      this.trace(context, trial, from - 1);
    }
    context.restore();
    return true;
  }

  paintTop(focus) {
    if (!this.x) return;
    const context = prepare(this.top, this.width, this.height);
    this.begin(context);
    const { study } = this.scene;
    for (const [id, colour] of [
      [focus.opened, ink("accent")],
      [focus.hovered, ink("strong")],
    ]) {
      const trial = id && study.trial(id);
      if (!trial) continue;
      context.lineWidth = 5;
      context.strokeStyle = ink("panel");
      this.trace(context, trial);
      context.lineWidth = 2.2;
      context.strokeStyle = colour;
      this.trace(context, trial);
    }
    context.restore();
  }

  nearest(px, py) {
    const { study, mask, view } = this.scene;
    if (!this.x) return null;
    const iteration = this.x.invert(px);
    let best = 14;
    let found = null;
    for (let i = 0; i < mask.length; ++i) {
      if (!mask[i]) continue;
      const curve = study.trials[i].curve;
      if (!curve.length) continue;
      const column = curve.column(view.metric);
      if (!column) continue;
      const its = curve.iterations;
      if (iteration < its[0] - 1 || iteration > its[curve.length - 1] + 1) continue;
      let low = 0;
      let high = curve.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (its[middle] < iteration) low = middle + 1;
        else high = middle;
      }
      const a = Math.max(0, low - 1);
      const span = its[low] - its[a];
      const t = span > 0 ? Math.min(1, Math.max(0, (iteration - its[a]) / span)) : 0;
      const off = Math.abs(this.y(column[a] + (column[low] - column[a]) * t) - py);
      if (off < best) {
        best = off;
        found = i + 1;
      }
    }
    return found;
  }
}
