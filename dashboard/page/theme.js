// Dark or light.
import { dark } from "./canvas.js";
import { ramp, steps } from "./colour.js";

export function setTheme(name) {
  document.documentElement.dataset.theme = name;
  drawScale();
}

export const otherTheme = () => (dark() ? "light" : "dark");

export const preferredTheme = () =>
  matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

// The legend of the colours.
function drawScale() {
  const context = document.querySelector("#scale canvas").getContext("2d");
  ramp(dark()).forEach((colour, i) => {
    context.fillStyle = colour;
    context.fillRect(i * (96 / steps), 0, 96 / steps + 1, 8);
  });
}
