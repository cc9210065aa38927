// Rungs of successive halving, or generations of a population: which trial continued which.
import { drawAxes, ink } from "./canvas.js";
import { Chart } from "./chart.js";
import { format, linear, robustRange } from "./scale.js";

export class Lineage extends Chart {
  draw(context, { study, mask }) {
    const by = ["generation", "rung"].find((name) => study.valueNames.includes(name));
    if (!by)
      return this.say(
        context,
        "rungs and generations: of SuccessiveHalving, Hyperband and PopulationBasedTraining",
      );
    const trials = study.trials.filter((t) => Number.isFinite(t.values[by]));
    if (!trials.length) return this.say(context, "no trial yet");
    const levels = [...new Set(trials.map((t) => t.values[by]))].sort((a, b) => a - b);
    const { x, y } = this.scales(trials, levels);
    drawAxes(context, x, y, this.box, { x: by, y: "objective" }, (t) => format(t, 4));
    const place = (t) => [x(t.values[by]), this.clamp(y(study.value(t, "#objective")))];
    this.drawDescent(context, trials, place);
    for (const t of trials) {
      const [px, py] = place(t);
      context.globalAlpha = mask[t.id - 1] ? 1 : 0.2;
      if (Number.isFinite(py)) this.dot(context, px, py, t.id, this.colourOf(t), 3.4);
    }
    context.globalAlpha = 1;
    const count = (level) => trials.filter((t) => t.values[by] === level).length;
    if (levels.length < 20) this.drawCounts(context, levels, x, count);
  }

  scales(trials, levels) {
    const { study } = this.scene;
    const { left, right, top, bottom } = this.box;
    const values = trials.map((t) => study.value(t, "#objective")).filter(Number.isFinite);
    const x = linear([levels[0] - 0.3, levels.at(-1) + 0.3], [left, right]);
    const all = x.ticks;
    x.ticks = (count) => (levels.length <= count ? levels : all(count).filter(Number.isInteger));
    const y = linear(robustRange(values, study.best ? [study.best.value] : []), [bottom, top]);
    return { x, y };
  }

  // A line from each trial to the one whose checkpoint it loaded.
  drawDescent(context, trials, place) {
    const { study, mask } = this.scene;
    context.lineWidth = 1;
    for (const t of trials) {
      const parent = study.trial(Number(t.values.load_from));
      if (!parent || !Number.isFinite(study.value(t, "#objective"))) continue;
      const [a, b] = [place(parent), place(t)];
      if (!a.every(Number.isFinite)) continue;
      const middle = (a[0] + b[0]) / 2;
      context.strokeStyle = ink("axis");
      context.globalAlpha = mask[t.id - 1] ? 0.7 : 0.15;
      context.beginPath();
      context.moveTo(...a);
      context.bezierCurveTo(middle, a[1], middle, b[1], ...b);
      context.stroke();
    }
  }

  drawCounts(context, levels, x, count) {
    context.font = "11px " + ink("font");
    context.textAlign = "center";
    context.textBaseline = "bottom";
    context.fillStyle = ink("dim");
    for (const level of levels)
      context.fillText(count(level) + " trials", x(level), this.box.top - 2);
  }
}
