// What is said of the trial under the mouse.
import { format } from "./scale.js";

const most = 9; // axes

export function showTip({ study, hovered, shown }, mouse) {
  const tip = document.getElementById("tip");
  const trial = hovered && study.trial(hovered);
  tip.hidden = !trial || mouse.touch;
  if (!trial) return;
  const lines = shown
    .slice(0, most)
    .filter((axis) => axis.name !== "#objective")
    .map((axis) => `${axis.label}: ${format(study.value(trial, axis.name))}`);
  const status = study.value(trial, "#status");
  const objective = format(study.value(trial, "#objective"));
  tip.textContent = [`trial ${trial.id} · ${status} · ${objective}`, ...lines].join("\n");
  tip.style.left = Math.min(mouse.x + 14, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = Math.min(mouse.y + 16, innerHeight - tip.offsetHeight - 8) + "px";
}
