// How much each parameter matters, as the coordinator computes it (docs/dashboard.md).
import { fit, ink } from "./canvas.js";
import { Chart } from "./chart.js";
import { hasEnded } from "./study.js";

const title = "share of the objective's variance that each parameter explains alone (fANOVA)";
const pause = 1000; // milliseconds between an answer and the next question

export class Importance extends Chart {
  // `actions`: ask(path), besides those of a chart.
  constructor(root, actions) {
    super(root, actions);
    this.ask = actions.ask;
  }

  draw(context, { study }) {
    this.request(study);
    if (!this.result) return this.say(context, this.problem || "computing…");
    if (!Object.keys(this.result.parameters).length)
      return this.say(context, "importance takes at least a dozen trials whose objectives differ");
    this.drawBars(context);
  }

  // Asks when other trials have ended; one question at a time.
  async request(study) {
    if (this.study !== study) Object.assign(this, { study, key: "", result: null, problem: "" });
    const key = study.trials.filter(hasEnded).length + ":" + study.trials.length;
    if (this.key === key || this.waits) return;
    this.waits = true;
    const { status, body } = await this.ask("/importance");
    if (this.study === study) {
      this.key = key;
      if (status === 200 && body) this.result = body;
      else this.problem = (body && body.detail) || "the importance of parameters is not available";
      this.redraw();
    }
    setTimeout(() => {
      this.waits = false;
      this.redraw();
    }, pause);
  }

  redraw() {
    if (!this.root.hidden) this.update(this.scene);
  }

  drawBars(context) {
    const { parameters, interaction } = this.result;
    const bars = Object.entries(parameters)
      .map(([label, { share, deviation }]) => ({ label, share, deviation }))
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
    bars.push({ label: "together only", share: interaction, deviation: 0, rest: true });
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
