// Parallel coordinates: an axis for each parameter, the objective and chosen metrics; a line for
// each trial.
import { Painter, dark, element, fit, ink, prepare, shuffled } from "./canvas.js";
import { placesOf, scaleOf } from "./axes.js";
import { ramp, stepOf, steps } from "./colour.js";
import { format } from "./scale.js";

const top = 34;
const bottom = 22;
const reach = 14; // pixels beside an axis that belong to it

export class Parallel {
  // `actions`: hover(id), open(id), brush(name, brush), showAxes(names), axisMenu(axis, button).
  constructor(root, actions) {
    this.root = root;
    this.actions = actions;
    this.axes = [];
    this.canvases = ["back", "front", "axes", "top"].map((name) =>
      root.appendChild(element("canvas", { className: name })),
    );
    this.titles = root.appendChild(element("div", { className: "titles" }));
    this.frontPainter = new Painter();
    this.backPainter = new Painter();
    this.top = this.canvases[3];
    this.top.tabIndex = -1;
    this.listen();
  }

  layout() {
    const { study, shown: axes } = this.scene;
    this.width = Math.max(this.root.parentElement.clientWidth, axes.length * 64);
    this.height = this.root.parentElement.clientHeight;
    this.root.style.width = this.width + "px";
    this.root.style.height = this.height + "px";
    const left = 60;
    const right = this.width - 60;
    this.axes = axes.map((axis, i) => {
      const scale = scaleOf(study, axis, [this.height - bottom, top]);
      scale.low = top - 4;
      scale.high = this.height - bottom + 4;
      scale.none = this.height - bottom + 13; // for what has no place on it
      const x =
        axes.length > 1 ? left + ((right - left) * i) / (axes.length - 1) : (left + right) / 2;
      const places = placesOf(study, axis, scale);
      return {
        axis,
        scale,
        x,
        places,
        none: axis.kind === "number" && places.includes(Math.fround(scale.none)),
      };
    });
  }

  // Redraws everything, after a change of data, axes, size or theme.
  update(scene) {
    this.scene = scene;
    this.layout();
    this.order = shuffled(scene.study.trials.length);
    this.drawTitles();
    this.paintBack();
    this.paintFront(scene);
    this.paintAxes(scene);
    this.paintTop(scene.focus);
  }

  line(context, i) {
    let on = false;
    for (const { x, places } of this.axes) {
      const y = places[i];
      if (Number.isNaN(y)) on = false;
      else if (on) context.lineTo(x, y);
      else {
        context.moveTo(x, y);
        on = true;
      }
    }
  }

  paintBack() {
    const context = prepare(this.canvases[0], this.width, this.height);
    this.backDrawn = this.scene.chosen < this.order.length;
    if (!this.backDrawn) return this.backPainter.stop(); // nothing of it would be seen
    context.strokeStyle = ink("faint");
    context.lineWidth = 1;
    const n = this.order.length;
    context.globalAlpha = n > 2000 ? 0.35 : n > 300 ? 0.5 : 0.8;
    this.backPainter.run(n, (at) => {
      context.beginPath();
      this.line(context, this.order[at]);
      context.stroke();
    });
  }

  // While the mouse still moves, a sample has to do.
  paintFront(scene, moving = false) {
    this.scene = scene;
    const context = prepare(this.canvases[1], this.width, this.height);
    const colours = ramp(dark());
    const { study, mask, range } = scene;
    // The best are drawn last, and so lie on top.
    const step = (i) => stepOf(study.value(study.trials[i], "#objective"), range, study.lower);
    const layers = Array.from({ length: steps + 1 }, () => []);
    if (!moving) for (const i of this.order) if (mask[i]) layers[step(i) + 1].push(i);
    const chosen = moving ? this.order.filter((i) => mask[i]).subarray(0, 160) : layers.flat();
    if (!this.backDrawn && scene.chosen < this.order.length) this.paintBack();
    context.globalAlpha = Math.min(0.85, Math.max(0.14, 12 / Math.sqrt(chosen.length + 1)));
    context.lineWidth = chosen.length > 100 ? 1 : 1.4;
    const none = ink("dim");
    this.frontPainter.run(chosen.length, (at) => {
      const i = chosen[at];
      const colour = step(i);
      context.strokeStyle = colour < 0 ? none : colours[colour];
      context.beginPath();
      this.line(context, i);
      context.stroke();
    });
  }

  // All of it at once, for a file.
  drawInto(context) {
    const { study, mask, range } = this.scene;
    const colours = ramp(dark());
    for (const i of this.order) {
      const step = stepOf(study.value(study.trials[i], "#objective"), range, study.lower);
      context.strokeStyle = !mask[i] ? ink("faint") : step < 0 ? ink("dim") : colours[step];
      context.globalAlpha = mask[i] ? 0.8 : 0.4;
      context.beginPath();
      this.line(context, i);
      context.stroke();
    }
    context.globalAlpha = 1;
    this.drawAxes(context);
    this.drawLines(context, this.scene.focus);
    context.textAlign = "center";
    context.fillStyle = ink("text");
    for (const { axis, x } of this.axes) context.fillText(axis.label, x, 16);
  }

  drawTitles() {
    if (this.dragging) return; // what is held must not be replaced
    this.titles.replaceChildren(
      ...this.axes.map(({ axis, x }) => {
        const title = element("button", {
          className: "title" + (axis.name === "#objective" ? " objective" : ""),
          textContent: axis.label,
          title: axis.label + (axis.log ? " (log)" : "") + "\ndrag: move · click: more",
          onclick: () => this.actions.axisMenu(axis, title),
          onpointerdown: (event) => this.dragTitle(event, axis.name, title),
        });
        const room = this.axes.length > 1 ? this.axes[1].x - this.axes[0].x - 6 : 200;
        title.style.left = x + "px";
        title.style.maxWidth = Math.max(40, room) + "px";
        return title;
      }),
    );
  }

  dragTitle(event, name, title) {
    const begin = event.clientX;
    const from = parseFloat(title.style.left);
    let moved = false;
    title.setPointerCapture(event.pointerId);
    const done = new AbortController();
    const listen = (kind, action) => title.addEventListener(kind, action, { signal: done.signal });
    const end = () => {
      done.abort();
      this.dragging = false;
    };
    this.dragging = true;
    listen("pointermove", (e) => {
      if (!moved && Math.abs(e.clientX - begin) < 5) return;
      moved = true;
      title.style.left = from + e.clientX - begin + "px";
    });
    listen("pointercancel", () => {
      end();
      this.drawTitles();
    });
    listen("pointerup", (e) => {
      end();
      if (!moved) return;
      title.addEventListener("click", (click) => click.stopImmediatePropagation(), {
        capture: true,
        once: true,
      });
      const x = from + e.clientX - begin;
      const others = this.axes.filter((one) => one.axis.name !== name);
      const names = others.map((one) => one.axis.name);
      names.splice(others.filter((one) => one.x < x).length, 0, name);
      this.actions.showAxes(names);
    });
  }

  paintTop(focus) {
    if (this.scene) this.drawLines(prepare(this.top, this.width, this.height), focus);
  }

  drawLines(context, focus) {
    const { study } = this.scene;
    const hovered = focus.hovered && study.trial(focus.hovered);
    const opened = focus.opened && study.trial(focus.opened);
    for (const [trial, colour, width] of [
      [opened, ink("accent"), 2],
      [hovered, ink("strong"), 2.5],
    ]) {
      if (!trial) continue;
      context.lineJoin = "round";
      context.lineWidth = width + 3;
      context.strokeStyle = ink("panel");
      context.beginPath();
      this.line(context, trial.id - 1);
      context.stroke();
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.beginPath();
      this.line(context, trial.id - 1);
      context.stroke();
    }
  }

  paintAxes(scene) {
    this.scene = scene;
    this.drawAxes(prepare(this.canvases[2], this.width, this.height));
  }

  drawAxes(context) {
    context.font = "10.5px " + ink("font");
    context.textBaseline = "middle";
    const halo = ink("panel");
    this.axes.forEach(({ axis, scale, x, none }, i) => {
      context.strokeStyle = ink("axis");
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(Math.round(x) + 0.5, top);
      context.lineTo(Math.round(x) + 0.5, this.height - bottom);
      context.stroke();
      const last = i === this.axes.length - 1;
      context.textAlign = last ? "right" : "left";
      const ticks =
        axis.kind === "category" && axis.names.length > 14
          ? axis.names.filter((_, k) => k % Math.ceil(axis.names.length / 14) === 0)
          : scale.ticks(Math.max(2, Math.floor(this.height / 55)));
      for (const t of ticks) {
        const y = scale(t);
        if (!(y >= top - 1 && y <= this.height - bottom + 1)) continue;
        const text = fit(context, axis.kind === "category" ? t : format(t, 3), 74);
        const at = last ? x - 6 : x + 6;
        context.lineWidth = 3;
        context.strokeStyle = halo;
        context.strokeText(text, at, y);
        context.fillStyle = ink("text");
        context.fillText(text, at, y);
        context.strokeStyle = ink("axis");
        context.lineWidth = 1;
        context.beginPath();
        context.moveTo(x - 3, y);
        context.lineTo(x + 3, y);
        context.stroke();
      }
      if (none)
        this.drawNone(
          context,
          x,
          scale.none,
          scale.kind !== "log" ? "NaN" : axis.name === "#objective" ? "≤ 0, NaN" : "≤ 0",
          last,
        );
      for (const { from, to } of this.parts(i)) {
        context.fillStyle = ink("brush");
        context.fillRect(x - 8, from, 16, Math.max(2, to - from));
        context.strokeStyle = ink("accent");
        context.strokeRect(
          Math.round(x) - 7.5,
          Math.round(from) + 0.5,
          15,
          Math.max(2, Math.round(to - from)),
        );
      }
    });
  }

  // A cross below the axis, where lines go that have no place on it.
  drawNone(context, x, y, text, last) {
    context.strokeStyle = ink("axis");
    context.lineWidth = 1.4;
    context.beginPath();
    for (const side of [-1, 1]) {
      context.moveTo(x - 3, y - 3 * side);
      context.lineTo(x + 3, y + 3 * side);
    }
    context.stroke();
    context.fillStyle = ink("dim");
    context.fillText(text, last ? x - 7 : x + 7, y);
  }

  clamp(y) {
    return Math.min(this.height - bottom, Math.max(top, y));
  }

  // The brushed parts of an axis: {from, to} in pixels, with the `ranges` or `names` they select.
  parts(i) {
    const { axis, scale } = this.axes[i];
    const brush = this.scene.view.brushes[axis.name];
    if (!brush) return [];
    if (axis.kind !== "category")
      return (brush.ranges || []).map((range) => {
        const ends = range.map((x) => this.clamp(scale(x)));
        return { from: Math.min(...ends), to: Math.max(...ends), ranges: [range] };
      });
    const runs = []; // of names that are beside each other
    axis.names.forEach((name, k) => {
      if (!(brush.names || []).includes(name)) return;
      const last = runs.at(-1);
      if (last && last.next === k) last.names.push(name);
      else runs.push({ names: [name] });
      runs.at(-1).next = k + 1;
    });
    return runs.map(({ names }) => {
      const ends = [scale(names[0]), scale(names.at(-1))];
      return {
        from: Math.min(...ends) - scale.step / 2,
        to: Math.max(...ends) + scale.step / 2,
        names,
      };
    });
  }

  // Brushes from here to there, beside the parts that are kept.
  brushTo(i, from, to, kept) {
    const { axis, scale } = this.axes[i];
    const [a, b] = [this.clamp(Math.min(from, to)), this.clamp(Math.max(from, to))];
    const enough = b - a >= 2;
    if (!enough && !kept.length) return this.actions.brush(axis.name, null);
    if (axis.kind === "category") {
      const chosen = new Set(kept.flatMap((part) => part.names));
      if (enough)
        for (const name of axis.names)
          if (scale(name) + scale.step / 2 > a + 1 && scale(name) - scale.step / 2 < b - 1)
            chosen.add(name);
      return this.actions.brush(axis.name, {
        names: axis.names.filter((name) => chosen.has(name)),
      });
    }
    const ranges = kept.flatMap((part) => part.ranges);
    if (enough) ranges.push([scale.invert(b), scale.invert(a)].sort((x, y) => x - y));
    this.actions.brush(axis.name, { ranges });
  }

  listen() {
    const canvas = this.top;
    const where = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const axisAt = (x) => this.axes.findIndex((one) => Math.abs(one.x - x) <= reach);
    let drag = null;
    canvas.addEventListener("pointerdown", (event) => {
      const [x, y] = where(event);
      const i = axisAt(x);
      if (i < 0) {
        const id = this.nearest(x, y);
        if (id) this.actions.open(id);
        return;
      }
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      const parts = this.parts(i);
      const at = parts.findIndex(({ from, to }) => y > from - 5 && y < to + 5);
      if (at < 0) {
        // Beside what is brushed with Shift, instead of it without.
        drag = { i, from: y, begin: y, kept: event.shiftKey ? parts : [] };
        return;
      }
      const { from, to } = parts[at];
      const kept = parts.filter((part) => part !== parts[at]);
      if (Math.abs(y - from) <= 5) drag = { i, from: to, begin: y, kept };
      else if (Math.abs(y - to) <= 5) drag = { i, from, begin: y, kept };
      else drag = { i, move: y, begin: y, part: [from, to], kept };
    });
    canvas.addEventListener("pointermove", (event) => {
      const [x, y] = where(event);
      if (drag) drag.moved ||= Math.abs(y - drag.begin) >= 3;
      if (drag && !drag.moved) return;
      if (drag && drag.move !== undefined)
        return this.brushTo(
          drag.i,
          drag.part[0] + y - drag.move,
          drag.part[1] + y - drag.move,
          drag.kept,
        );
      if (drag) return this.brushTo(drag.i, drag.from, y, drag.kept);
      canvas.style.cursor = axisAt(x) >= 0 ? "ns-resize" : "default";
      this.actions.hover(axisAt(x) >= 0 ? null : this.nearest(x, y));
    });
    // A click ends all of an axis's brush, or with Shift the part under it.
    const end = (event) => {
      if (drag && !drag.moved)
        this.brushTo(drag.i, drag.begin, drag.begin, event.shiftKey ? drag.kept : []);
      drag = null;
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", () => (drag = null));
    canvas.addEventListener("pointerleave", () => drag || this.actions.hover(null));
  }

  // The selected trial whose line passes next to a place.
  nearest(x, y) {
    const right = this.axes.findIndex((one) => one.x >= x);
    if (right <= 0) return null;
    const [a, b] = [this.axes[right - 1], this.axes[right]];
    const t = (x - a.x) / (b.x - a.x);
    const { mask } = this.scene;
    let best = 9;
    let found = null;
    for (let i = 0; i < a.places.length; ++i) {
      if (!mask[i]) continue;
      const off = Math.abs(a.places[i] + (b.places[i] - a.places[i]) * t - y);
      if (off < best) {
        best = off;
        found = i + 1;
      }
    }
    return found;
  }
}
