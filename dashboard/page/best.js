// The best objective so far: of a study, and of several beside one another.
import { drawAxes, fit, ink } from "./canvas.js";
import { Chart, bestSoFar, inOrderOfEnd } from "./chart.js";
import { kinds } from "./colour.js";
import { duration, format, linear, logOf, robustRange } from "./scale.js";

// A line of steps through these points.
function drawSteps(context, points) {
  context.beginPath();
  points.forEach(([x, y], i) => {
    if (i === 0) return context.moveTo(x, y);
    context.lineTo(x, points[i - 1][1]);
    context.lineTo(x, y);
  });
}

// The objective of every trial in the order in which they ended, and the best so far.
export class Best extends Chart {
  draw(context, { study, mask, view }) {
    const ended = inOrderOfEnd(study.trials.filter((t, i) => mask[i]));
    if (!ended.length) return this.say(context, "no trial has ended yet");
    const start = study.about.created;
    const places = ended.map((t, i) => (view.byTime ? (t.ended - start) / 1000 : i + 1));
    const x = linear([places[0], places.at(-1)], [this.box.left, this.box.right]);
    const y = this.scaleOf(ended, study, view);
    const titles = {
      x: view.byTime ? "time" : "trials ended",
      y: "objective, best so far",
      formatX: view.byTime ? duration : undefined,
    };
    drawAxes(context, x, y, this.box, titles, format);
    const many = ended.length > 1000;
    context.globalAlpha = many ? 0.5 : 0.85;
    ended.forEach((t, i) => {
      const py = y(t.objective);
      if (this.inBox(py))
        this.dot(context, x(places[i]), py, t.id, this.colourOf(t), many ? 1.8 : 2.6);
    });
    context.globalAlpha = 1;
    context.strokeStyle = ink("accent");
    context.lineWidth = 2;
    const best = bestSoFar(study, ended).map((value, i) => [x(places[i]), y(value)]);
    drawSteps(context, [...best, [this.box.right, best.at(-1)[1]]]);
    context.stroke();
  }

  scaleOf(ended, study, view) {
    const values = ended.map((t) => t.objective);
    const span = [this.box.bottom, this.box.top];
    if (view.logY) return logOf(values, [study.best.value], span);
    const [low, high] = robustRange(values, [study.best.value]);
    const pad = (high - low) * 0.04;
    return linear([low - pad, high + pad], span);
  }
}

// Studies beside one another: the best so far of each.
export class Compare extends Chart {
  draw(context, { compared }) {
    if (compared.length < 2)
      return this.say(context, "to compare studies, open several: sherpa dashboard DIR DIR …");
    const lines = compared.map(({ name, study }) => {
      return { name, points: bestSoFar(study, inOrderOfEnd(study.trials)) };
    });
    const { left, right, top, bottom } = this.box;
    const longest = Math.max(2, ...lines.map((line) => line.points.length));
    const x = linear([1, longest], [left, right]);
    const finals = lines.map((line) => line.points.at(-1)).filter(Number.isFinite);
    const all = lines.flatMap((line) => line.points);
    const y = linear(robustRange(all, finals), [bottom, top]);
    drawAxes(context, x, y, this.box, { x: "trials ended", y: "best so far" }, (t) => format(t, 4));
    lines.forEach(({ name, points }, i) => {
      const colour = kinds[i % kinds.length];
      context.strokeStyle = colour;
      context.lineWidth = 2;
      drawSteps(
        context,
        points.map((value, k) => [x(k + 1), this.clamp(y(value))]),
      );
      context.stroke();
      this.drawLegend(context, i, colour, name + "  " + format(points.at(-1) ?? NaN, 4));
    });
  }

  drawLegend(context, i, colour, text) {
    const { right, top } = this.box;
    const row = top + 10 + i * 18;
    context.fillStyle = colour;
    context.fillRect(right - 180, row - 5, 12, 10);
    context.fillStyle = ink("text");
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(fit(context, text, 160), right - 162, row);
  }
}
