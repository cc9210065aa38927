// How much each parameter matters.
import { keyOf, scaleOf } from "./axes.js";
import { fit, ink } from "./canvas.js";
import { Chart, parametersOf } from "./chart.js";
import { importanceSteps } from "./importance.js";
import { robustRange } from "./scale.js";
import { hasEnded } from "./study.js";

const title = "share of the objective's variance that each parameter explains alone (fANOVA)";

export class ImportanceChart extends Chart {
  draw(context, scene) {
    this.compute(scene);
    if (!this.result && this.steps) return this.say(context, "computing…");
    if (!this.result)
      return this.say(context, "importance takes at least a dozen trials whose objectives differ");
    this.drawBars(context);
  }

  compute({ study, axes }) {
    const parameters = parametersOf(axes);
    const ended = study.trials.filter((t) => hasEnded(t) && Number.isFinite(t.objective));
    const key = ended.length + ":" + study.trials.length;
    if (this.study !== study) Object.assign(this, { study, result: null, key: "", steps: null });
    if (this.key === key || this.steps) return;
    this.key = key;
    const stride = Math.max(1, Math.ceil(ended.length / 2000));
    const sample = ended.filter((_, i) => i % stride === 0);
    const unit = parameters.map((axis) => {
      const scale = scaleOf(study, axis, [0, 1]);
      return sample.map((t) => {
        const value = t.values[axis.name];
        const at = scale(axis.kind === "category" ? keyOf(value) : value);
        return Number.isFinite(at) ? Math.min(0.999999, Math.max(0, at)) : 0.5;
      });
    });
    const [low, high] = robustRange(sample.map((t) => t.objective));
    const y = sample.map(
      (t) => (Math.min(Math.max(t.objective, low), high) - low) / (high - low || 1),
    );
    this.steps = importanceSteps(unit, y, { trees: 24, most: 500 });
    this.next(parameters);
  }

  // A tree at a time: the page stays responsive.
  next(parameters) {
    const { steps } = this;
    setTimeout(() => {
      if (this.steps !== steps) return;
      const step = steps.next();
      if (!step.done) return this.next(parameters);
      this.steps = null;
      this.result = step.value && {
        shares: parameters.map(({ name }, i) => [
          name,
          step.value.share[i],
          step.value.deviation[i],
        ]),
        rest: step.value.rest,
      };
      if (!this.root.hidden) this.update(this.scene);
    }, 4);
  }

  drawBars(context) {
    const { shares, rest } = this.result;
    const bars = shares
      .map(([label, share, deviation]) => ({ label, share, deviation }))
      .sort((a, b) => b.share - a.share);
    const most = Math.max(0.05, ...bars.map((bar) => bar.share + bar.deviation));
    const height = Math.min(34, (this.height - 60) / (bars.length + 1));
    const left = Math.min(180, this.width * 0.35);
    const width = this.width - left - 70;
    context.font = "12px " + ink("font");
    context.textBaseline = "middle";
    context.fillStyle = ink("dim");
    context.textAlign = "left";
    context.fillText(fit(context, title, this.width - 20), 10, 14);
    bars.push({ label: "together only", share: rest, deviation: 0, rest: true });
    bars.forEach((bar, i) => {
      const place = { left, y: 30 + (i + 0.5) * height, height };
      const [share, deviation] = [Math.min(bar.share, most), bar.deviation];
      drawBar(context, bar, place, (share / most) * width, (deviation / most) * width);
    });
  }
}

// `length` and `error` in pixels.
function drawBar(context, { label, share, rest }, { left, y, height }, length, error) {
  context.fillStyle = rest ? ink("dim") : ink("text");
  context.textAlign = "right";
  context.fillText(fit(context, label, left - 20), left - 8, y);
  context.fillStyle = rest ? ink("faint") : ink("accent");
  context.fillRect(left, y - height * 0.3, Math.max(1, length), height * 0.6);
  if (error > 0) {
    context.strokeStyle = ink("strong");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(left + Math.max(0, length - error), y);
    context.lineTo(left + length + error, y);
    context.stroke();
  }
  context.fillStyle = ink("text");
  context.textAlign = "left";
  const percent = (share * 100).toFixed(share < 0.1 ? 1 : 0);
  context.fillText(percent + " %", left + length + 8 + error, y);
}
