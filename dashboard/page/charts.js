// The other ways to look at a study. Each chart draws itself into a canvas of its pane and says what lies under the mouse.
import { dark, drawAxes, element, fit, ink, prepare } from "./canvas.js";
import { keyOf, scaleOf } from "./axes.js";
import { kinds, ramp, statusColours, stepOf } from "./colour.js";
import { importanceSteps } from "./importance.js";
import { duration, format, linear, logOf, robustRange } from "./scale.js";

const margin = { top: 30, right: 14, bottom: 38, left: 62 };

class Chart {
  constructor(root, app) {
    this.root = root;
    this.app = app;
    this.canvas = root.appendChild(element("canvas"));
    this.top = root.appendChild(element("canvas"));
    this.marks = []; // {x, y, id}: what can be hovered
    this.top.addEventListener("pointermove", (event) => this.app.hover(this.under(event)));
    this.top.addEventListener("pointerleave", () => this.app.hover(null));
    this.top.addEventListener("click", (event) => {
      const id = this.under(event);
      if (id) this.app.openTrial(id);
    });
  }

  under(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = 12;
    let found = null;
    for (const mark of this.marks) {
      const off =
        mark.width === undefined
          ? Math.hypot(mark.x - x, mark.y - y)
          : x >= mark.x && x <= mark.x + mark.width && y >= mark.y && y <= mark.y + mark.height
            ? 0
            : 99;
      if (off < best) {
        best = off;
        found = mark.id;
      }
    }
    return found;
  }

  update() {
    this.width = this.root.clientWidth;
    this.height = this.root.clientHeight;
    if (!this.width) return;
    this.marks = [];
    this.box = {
      left: margin.left,
      right: this.width - margin.right,
      top: margin.top,
      bottom: this.height - margin.bottom,
    };
    this.tall = this.height;
    const context = prepare(this.canvas, this.width, this.height);
    this.draw(context);
    this.paintTop();
  }

  append() {
    return false;
  }

  // What is hovered, and what is open.
  paintTop() {
    if (!this.width) return;
    const context = prepare(this.top, this.width, this.tall);
    const { hovered, view } = this.app;
    for (const [id, colour] of [
      [view.trial, ink("accent")],
      [hovered, ink("strong")],
    ])
      for (const mark of this.marks) {
        if (mark.id !== id) continue;
        context.fillStyle = colour;
        context.strokeStyle = ink("panel");
        context.lineWidth = 1.5;
        context.beginPath();
        if (mark.width === undefined) context.arc(mark.x, mark.y, 5, 0, 7);
        else context.rect(mark.x, mark.y, mark.width, mark.height - 1);
        context.fill();
        context.stroke();
      }
  }

  say(context, text) {
    context.fillStyle = ink("dim");
    context.font = "13px " + ink("font");
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(fit(context, text, this.width - 20), this.width / 2, this.height / 2);
  }

  dot(context, x, y, id, colour, size = 3) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, size, 0, 7);
    context.fill();
    this.marks.push({ x, y, id });
  }

  colourOf(trial) {
    const { study } = this.app;
    const step = stepOf(study.value(trial, "#objective"), this.range, study.lower);
    return step < 0 ? ink("dim") : this.ramp[step];
  }

  prepareColours() {
    this.ramp = ramp(dark());
    this.range = this.app.colourRange();
  }
}

// The objective of every trial in the order in which they ended, and the best so far.
export class Best extends Chart {
  draw(context) {
    const { study, mask, view } = this.app;
    this.prepareColours();
    const ended = study.trials
      .filter((t, i) => mask[i] && t.status !== 0 && Number.isFinite(t.objective))
      .sort((a, b) => a.ended - b.ended);
    if (!ended.length) return this.say(context, "no trial has ended yet");
    const start = study.about.created;
    const at = view.byTime ? (t) => (t.ended - start) / 1000 : (t, i) => i + 1;
    const places = ended.map(at);
    const x = linear([places[0], places[places.length - 1]], [this.box.left, this.box.right]);
    const values = ended.map((t) => t.objective);
    const range = robustRange(values, [study.best.value]);
    const pad = (range[1] - range[0]) * 0.04;
    const span = [this.box.bottom, this.box.top];
    const y = view.logY
      ? logOf(values, [study.best.value], span)
      : linear([range[0] - pad, range[1] + pad], span);
    drawAxes(
      context,
      x,
      y,
      this.box,
      {
        x: view.byTime ? "time" : "trials ended",
        y: "objective, best so far",
        formatX: view.byTime ? duration : undefined,
      },
      format,
    );
    context.globalAlpha = ended.length > 1000 ? 0.5 : 0.85;
    ended.forEach((t, i) => {
      const py = y(t.objective);
      if (py >= this.box.top - 2 && py <= this.box.bottom + 2)
        this.dot(
          context,
          x(places[i]),
          py,
          t.id,
          this.colourOf(t),
          ended.length > 1000 ? 1.8 : 2.6,
        );
    });
    context.globalAlpha = 1;
    context.strokeStyle = ink("accent");
    context.lineWidth = 2;
    context.beginPath();
    let best = NaN;
    ended.forEach((t, i) => {
      if (Number.isNaN(best) || study.better(t.objective, best)) {
        if (Number.isNaN(best)) context.moveTo(x(places[i]), y(t.objective));
        else {
          context.lineTo(x(places[i]), y(best));
          context.lineTo(x(places[i]), y(t.objective));
        }
        best = t.objective;
      }
    });
    context.lineTo(this.box.right, y(best));
    context.stroke();
  }
}

// Which worker ran which trial when.
export class Timeline extends Chart {
  draw(context) {
    const { study } = this.app;
    const now = this.app.now();
    const bars = [];
    for (const trial of study.trials)
      for (const attempt of trial.attempts)
        bars.push({
          trial,
          attempt,
          from: attempt.started,
          to: attempt.ended ?? (study.about.ended ? attempt.started : now),
        });
    if (!bars.length) return this.say(context, "nothing has run yet");
    bars.sort((a, b) => a.from - b.from);
    const first = bars[0].from;
    const last = bars.reduce((m, b) => Math.max(m, b.to), first + 1000);
    // Each worker has as many lanes as it ran trials at once.
    const workers = new Map();
    for (const bar of bars) {
      const name = bar.attempt.worker;
      if (!workers.has(name)) workers.set(name, []);
      const lanes = workers.get(name);
      let lane = lanes.findIndex((end) => end <= bar.from + 0.5);
      if (lane < 0) lane = lanes.push(0) - 1;
      lanes[lane] = bar.to;
      bar.lane = lane;
    }
    const rows = new Map();
    let count = 0;
    for (const [name, lanes] of [...workers].sort()) {
      rows.set(name, count);
      count += lanes.length;
    }
    const box = { ...this.box, left: 96 };
    const height = Math.min(26, (box.bottom - box.top) / count);
    const x = linear([0, (last - first) / 1000], [box.left, box.right]);
    drawAxes(context, x, { ticks: () => [] }, box, { x: "time", y: "", formatX: duration }, format);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const [name, row] of rows) {
      const lanes = workers.get(name).length;
      context.fillStyle = ink("dim");
      if (lanes * height >= 11)
        context.fillText(
          fit(context, name || "this process", 84),
          box.left - 8,
          box.top + (row + lanes / 2) * height,
        );
    }
    for (const bar of bars) {
      const px = x((bar.from - first) / 1000);
      const width = Math.max(1.5, x((bar.to - first) / 1000) - px - 0.5);
      const py = box.top + (rows.get(bar.attempt.worker) + bar.lane) * height;
      const end = bar.attempt.end;
      const kind = !bar.attempt.ended
        ? "running"
        : end === "completed" || end === "stopped"
          ? end
          : "failed";
      context.fillStyle = statusColours[kind];
      context.globalAlpha = this.app.mask[bar.trial.id - 1] ? 1 : 0.25;
      context.fillRect(px, py + 0.5, width, Math.max(1, height - 1.5));
      context.globalAlpha = 1;
      if (width > 26 && height > 12) {
        context.fillStyle = "#fff";
        context.textAlign = "left";
        context.fillText(String(bar.trial.id), px + 4, py + height / 2);
      }
      this.marks.push({ x: px, y: py, width, height, id: bar.trial.id });
    }
  }
}

// A small plot for each parameter: the objective against it.
export class Slices extends Chart {
  draw(context) {
    const { study, mask } = this.app;
    this.prepareColours();
    const axes = this.app.axes.filter((axis) => axis.declared && axis.name !== "#objective");
    const trials = study.trials.filter(
      (t, i) => mask[i] && Number.isFinite(study.value(t, "#objective")),
    );
    if (!trials.length || !axes.length) return this.say(context, "no trial has an objective yet");
    const columns = Math.max(1, Math.min(axes.length, Math.floor(this.width / 190)));
    const rows = Math.ceil(axes.length / columns);
    const [w, h] = [this.width / columns, Math.max(130, this.height / rows)];
    this.canvas.parentElement.classList.toggle("tall", h * rows > this.height);
    this.tall = Math.max(this.height, h * rows);
    if (context.prepared !== false && h * rows > this.height)
      context = prepare(this.canvas, this.width, h * rows);
    const range = robustRange(
      trials.map((t) => study.value(t, "#objective")),
      study.best ? [study.best.value] : [],
    );
    axes.forEach((axis, i) => {
      const [left, top] = [(i % columns) * w, Math.floor(i / columns) * h];
      const box = { left: left + 48, right: left + w - 12, top: top + 22, bottom: top + h - 34 };
      const x = scaleOf(study, axis, [box.left, box.right]);
      const y = linear(range, [box.bottom, box.top]);
      context.save();
      drawAxesAt(context, x, y, box, axis.label);
      context.globalAlpha = trials.length > 1000 ? 0.5 : 0.85;
      for (const t of trials) {
        const value = t.values[axis.name];
        if (value === undefined) continue;
        const py = y(study.value(t, "#objective"));
        const px =
          axis.kind === "category"
            ? x(keyOf(value)) + (((t.id * 7919) % 101) / 101 - 0.5) * x.step * 0.6
            : x(value);
        if (py >= box.top - 2 && py <= box.bottom + 2)
          this.dot(context, px, py, t.id, this.colourOf(t), trials.length > 1000 ? 1.6 : 2.4);
      }
      context.restore();
    });
  }
}

function drawAxesAt(context, x, y, box, title) {
  drawAxes(context, x, y, box, {}, (t) => format(t, 3));
  context.fillStyle = ink("text");
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillText(fit(context, title, box.right - box.left), box.left, box.top - 7);
}

// The objective over two parameters: the mean of the trials nearby, and the trials.
export class Contour extends Chart {
  constructor(root, app) {
    super(root, app);
    this.bar = root.appendChild(element("div", { className: "chart-bar" }));
  }

  choose(axes, which) {
    const select = element("select", {
      title: which,
      onchange: () => {
        this.app.changeView({ [which]: select.value });
        this.update();
      },
    });
    for (const axis of axes)
      select.append(element("option", { value: axis.name, textContent: axis.label }));
    select.value = this.app.view[which];
    return select;
  }

  draw(context) {
    const { study, mask, view } = this.app;
    this.prepareColours();
    const axes = this.app.axes.filter((axis) => axis.declared && axis.name !== "#objective");
    const trials = study.trials.filter(
      (t, i) => mask[i] && Number.isFinite(study.value(t, "#objective")),
    );
    if (axes.length < 2 || trials.length < 3)
      return this.say(context, "a contour takes two parameters and three trials");
    const find = (name, other) =>
      axes.find((axis) => axis.name === name) || axes.find((axis) => axis.name !== other);
    const ax = find(view.contourX, view.contourY);
    const ay = find(view.contourY === ax.name ? "" : view.contourY, ax.name);
    if (!this.bar.contains(document.activeElement)) {
      Object.assign(view, { contourX: ax.name, contourY: ay.name });
      this.bar.replaceChildren(this.choose(axes, "contourX"), " × ", this.choose(axes, "contourY"));
    }
    const box = { ...this.box, top: this.box.top + 14 };
    const x = scaleOf(study, ax, [box.left, box.right]);
    const y = scaleOf(study, ay, [box.bottom, box.top]);
    const points = trials
      .map((t) => ({
        t,
        px: x(ax.kind === "category" ? keyOf(t.values[ax.name]) : t.values[ax.name]),
        py: y(ay.kind === "category" ? keyOf(t.values[ay.name]) : t.values[ay.name]),
        z: study.value(t, "#objective"),
      }))
      .filter((p) => Number.isFinite(p.px) && Number.isFinite(p.py));
    const cell = 10;
    const radius = Math.max(
      26,
      Math.sqrt(((box.right - box.left) * (box.bottom - box.top)) / Math.max(1, points.length)) *
        1.1,
    );
    const near =
      points.length > 1500
        ? points.filter((_, i) => i % Math.ceil(points.length / 1500) === 0)
        : points;
    for (let gx = box.left; gx < box.right; gx += cell)
      for (let gy = box.top; gy < box.bottom; gy += cell) {
        let weight = 0;
        let sum = 0;
        for (const p of near) {
          const d = ((p.px - gx - cell / 2) ** 2 + (p.py - gy - cell / 2) ** 2) / radius ** 2;
          if (d > 6) continue;
          const w = Math.exp(-d);
          weight += w;
          sum += w * Math.min(Math.max(p.z, this.range[0]), this.range[1]);
        }
        if (weight < 0.02) continue;
        const step = stepOf(sum / weight, this.range, study.lower);
        context.globalAlpha = Math.min(0.75, weight * 1.5);
        context.fillStyle = this.ramp[Math.floor(step / 3) * 3];
        context.fillRect(gx, gy, Math.min(cell, box.right - gx), Math.min(cell, box.bottom - gy));
      }
    context.globalAlpha = 1;
    const inside = { x: ax.label, y: ay.label };
    drawAxes(context, x, y, box, inside, (t) => format(t, 3));
    for (const p of points) {
      context.strokeStyle = ink("panel");
      context.lineWidth = 1;
      this.dot(context, p.px, p.py, p.t.id, this.colourOf(p.t), 3);
      context.stroke();
    }
  }
}

// How much each parameter matters.
export class Importance extends Chart {
  // A tree at a time: the page stays quick meanwhile.
  next(axes) {
    const { steps } = this;
    setTimeout(() => {
      if (this.steps !== steps) return;
      const step = steps.next();
      if (!step.done) return this.next(axes);
      this.steps = null;
      this.of = axes;
      this.result = step.value;
      if (this.app.chart() === this) this.update();
    }, 4);
  }

  draw(context) {
    const { study } = this.app;
    const axes = this.app.axes.filter((axis) => axis.declared && axis.name !== "#objective");
    const ended = study.trials.filter((t) => t.status !== 0 && Number.isFinite(t.objective));
    const key = ended.length + ":" + study.trials.length;
    if (this.study !== study) Object.assign(this, { study, result: null, key: "", steps: null });
    if (this.key !== key && !this.steps) {
      this.key = key;
      const sample =
        ended.length > 2000
          ? ended.filter((_, i) => i % Math.ceil(ended.length / 2000) === 0)
          : ended;
      const unit = axes.map((axis) => {
        const scale = scaleOf(study, axis, [0, 1]);
        return sample.map((t) => {
          const value = t.values[axis.name];
          const at = scale(axis.kind === "category" ? keyOf(value) : value);
          return Number.isFinite(at) ? Math.min(0.999999, Math.max(0, at)) : 0.5;
        });
      });
      const range = robustRange(sample.map((t) => t.objective));
      const y = sample.map(
        (t) =>
          (Math.min(Math.max(t.objective, range[0]), range[1]) - range[0]) /
          (range[1] - range[0] || 1),
      );
      this.steps = importanceSteps(unit, y, { trees: 24, most: 500 });
      this.next(axes);
    }
    if (!this.result && this.steps) return this.say(context, "growing trees…");
    if (!this.result)
      return this.say(context, "importance takes at least a dozen trials whose objectives differ");
    const order = this.of
      .map((axis, i) => ({
        axis,
        share: this.result.share[i],
        deviation: this.result.deviation[i],
      }))
      .sort((a, b) => b.share - a.share);
    const most = Math.max(0.05, ...order.map((o) => o.share + o.deviation));
    const height = Math.min(34, (this.height - 60) / (order.length + 1));
    const left = Math.min(180, this.width * 0.35);
    context.font = "12px " + ink("font");
    context.textBaseline = "middle";
    context.fillStyle = ink("dim");
    context.textAlign = "left";
    context.fillText(
      fit(
        context,
        "share of the objective's variance that each parameter explains alone (fANOVA)",
        this.width - 20,
      ),
      10,
      14,
    );
    const bars = [
      ...order,
      { axis: { label: "together only" }, share: this.result.rest, rest: true },
    ];
    bars.forEach(({ axis, share, deviation, rest }, i) => {
      const y = 30 + (i + 0.5) * height;
      context.fillStyle = rest ? ink("dim") : ink("text");
      context.textAlign = "right";
      context.fillText(fit(context, axis.label, left - 20), left - 8, y);
      const width = (Math.min(share, most) / most) * (this.width - left - 70);
      context.fillStyle = rest ? ink("faint") : ink("accent");
      context.fillRect(left, y - height * 0.3, Math.max(1, width), height * 0.6);
      if (deviation) {
        context.strokeStyle = ink("strong");
        context.lineWidth = 1;
        const each = (deviation / most) * (this.width - left - 70);
        context.beginPath();
        context.moveTo(left + Math.max(0, width - each), y);
        context.lineTo(left + width + each, y);
        context.stroke();
      }
      context.fillStyle = ink("text");
      context.textAlign = "left";
      context.fillText(
        (share * 100).toFixed(share < 0.1 ? 1 : 0) + " %",
        left + width + 8 + (deviation ? (deviation / most) * (this.width - left - 70) : 0),
        y,
      );
    });
  }
}

// ASHA's rungs, or a population's generations: who went on from whom.
export class Lineage extends Chart {
  draw(context) {
    const { study, mask } = this.app;
    this.prepareColours();
    const names = study.valueNames;
    const by = names.includes("generation") ? "generation" : names.includes("rung") ? "rung" : null;
    if (!by)
      return this.say(
        context,
        "rungs and generations: of SuccessiveHalving, Hyperband and PopulationBasedTraining",
      );
    const trials = study.trials.filter((t) => Number.isFinite(t.values[by]));
    if (!trials.length) return this.say(context, "no trial yet");
    const levels = [...new Set(trials.map((t) => t.values[by]))].sort((a, b) => a - b);
    const values = trials.map((t) => study.value(t, "#objective")).filter(Number.isFinite);
    const x = linear(
      [levels[0] - 0.3, levels[levels.length - 1] + 0.3],
      [this.box.left, this.box.right],
    );
    const y = linear(robustRange(values, study.best ? [study.best.value] : []), [
      this.box.bottom,
      this.box.top,
    ]);
    const fullTicks = x.ticks;
    x.ticks = (count) =>
      levels.length <= count ? levels : fullTicks(count).filter(Number.isInteger);
    drawAxes(context, x, y, this.box, { x: by, y: "objective" }, (t) => format(t, 4));
    const place = (t) => [
      x(t.values[by]),
      Math.min(this.box.bottom, Math.max(this.box.top, y(study.value(t, "#objective")))),
    ];
    context.lineWidth = 1;
    for (const t of trials) {
      const from = study.trial(Number(t.values.load_from));
      if (!from || !Number.isFinite(study.value(t, "#objective"))) continue;
      const [a, b] = [place(from), place(t)];
      if (!a.every(Number.isFinite)) continue;
      context.strokeStyle = ink("axis");
      context.globalAlpha = mask[t.id - 1] ? 0.7 : 0.15;
      context.beginPath();
      context.moveTo(...a);
      context.bezierCurveTo((a[0] + b[0]) / 2, a[1], (a[0] + b[0]) / 2, b[1], ...b);
      context.stroke();
    }
    for (const t of trials) {
      const [px, py] = place(t);
      context.globalAlpha = mask[t.id - 1] ? 1 : 0.2;
      if (Number.isFinite(py)) this.dot(context, px, py, t.id, this.colourOf(t), 3.4);
    }
    context.globalAlpha = 1;
    context.font = "11px " + ink("font");
    context.textAlign = "center";
    context.textBaseline = "bottom";
    context.fillStyle = ink("dim");
    if (levels.length < 20)
      for (const level of levels)
        context.fillText(
          trials.filter((t) => t.values[by] === level).length + " trials",
          x(level),
          this.box.top - 2,
        );
  }
}

// Studies side by side: the best so far of each.
export class Compare extends Chart {
  draw(context) {
    const series = this.app.compared();
    if (series.length < 2)
      return this.say(context, "open several studies to compare them: sherpa dashboard DIR DIR …");
    const lines = series.map(({ name, study }) => {
      const ended = study.trials
        .filter((t) => t.status !== 0 && Number.isFinite(t.objective))
        .sort((a, b) => a.ended - b.ended);
      let best = NaN;
      return {
        name,
        points: ended.map(
          (t) =>
            (best = Number.isNaN(best) || study.better(t.objective, best) ? t.objective : best),
        ),
      };
    });
    const longest = Math.max(2, ...lines.map((l) => l.points.length));
    const x = linear([1, longest], [this.box.left, this.box.right]);
    const y = linear(
      robustRange(
        lines.flatMap((l) => l.points),
        lines.map((l) => l.points.at(-1)).filter(Number.isFinite),
      ),
      [this.box.bottom, this.box.top],
    );
    drawAxes(context, x, y, this.box, { x: "trials ended", y: "best so far" }, (t) => format(t, 4));
    lines.forEach(({ name, points }, i) => {
      const colour = kinds[i % kinds.length];
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.beginPath();
      points.forEach((value, k) => {
        const [px, py] = [x(k + 1), Math.min(this.box.bottom, Math.max(this.box.top, y(value)))];
        if (k === 0) context.moveTo(px, py);
        else {
          context.lineTo(px, Math.min(this.box.bottom, Math.max(this.box.top, y(points[k - 1]))));
          context.lineTo(px, py);
        }
      });
      context.stroke();
      const row = this.box.top + 10 + i * 18;
      context.fillStyle = colour;
      context.fillRect(this.box.right - 180, row - 5, 12, 10);
      context.fillStyle = ink("text");
      context.textAlign = "left";
      context.textBaseline = "middle";
      context.fillText(
        fit(context, name + "  " + format(points.at(-1) ?? NaN, 4), 160),
        this.box.right - 162,
        row,
      );
    });
  }
}
