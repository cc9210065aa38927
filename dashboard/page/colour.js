// Colours that people with any kind of colour vision can tell apart, in both themes.

// Viridis (Smith, van der Walt, 2015; CC0), in sixteen steps.
const viridis = [
  [68, 1, 84],
  [72, 26, 108],
  [71, 47, 125],
  [65, 68, 135],
  [57, 86, 140],
  [49, 104, 142],
  [42, 120, 142],
  [35, 136, 142],
  [31, 152, 139],
  [34, 168, 132],
  [53, 183, 121],
  [84, 197, 104],
  [122, 209, 81],
  [165, 219, 54],
  [210, 226, 27],
  [253, 231, 37],
];

export const steps = 24;

// From worst (0) to best (1): the best stands out from the background.
export function ramp(dark) {
  const out = [];
  for (let i = 0; i < steps; ++i) {
    const t = i / (steps - 1);
    const where = dark ? 0.12 + 0.88 * t : 0.86 * (1 - t);
    const x = where * (viridis.length - 1);
    const at = Math.min(viridis.length - 2, Math.floor(x));
    const mix = viridis[at].map((c, channel) =>
      Math.round(c + (viridis[at + 1][channel] - c) * (x - at)),
    );
    out.push(`rgb(${mix.join(",")})`);
  }
  return out;
}

// Which step an objective has: by its place in a range without outliers.
export function stepOf(value, [low, high], lower) {
  if (!Number.isFinite(value)) return -1;
  const t = high > low ? (value - low) / (high - low) : 1;
  return Math.min(steps - 1, Math.max(0, Math.round((lower ? 1 - t : t) * (steps - 1))));
}

// Okabe and Ito's, for kinds.
export const kinds = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#d55e00",
  "#999999",
  "#f0e442",
];
export const statusColours = {
  running: "#e69f00",
  waiting: "#999999",
  completed: "#0072b2",
  failed: "#d55e00",
  stopped: "#888888",
};
