// How the page is set: what a link to it restores.

export const usual = () => ({
  study: 0,
  axes: null,
  logs: {},
  brushes: {},
  filter: "",
  sort: ["#id", "up"],
  tab: "curves",
  metric: "",
  logY: false,
  byTime: false,
  trial: null,
  contourX: "",
  contourY: "",
  theme: "",
});

const kinds = {
  study: (x) => Number.isInteger(x) && x >= 0,
  axes: (x) => Array.isArray(x) && x.every((n) => typeof n === "string"),
  logs: (x) => isMap(x, (v) => typeof v === "boolean"),
  brushes: (x) =>
    isMap(
      x,
      (b) =>
        b &&
        (Array.isArray(b.names) ||
          (Array.isArray(b.ranges) && b.ranges.length <= 64 && b.ranges.every(isRange))),
    ),
  filter: (x) => typeof x === "string" && x.length < 2000,
  sort: (x) => Array.isArray(x) && x.length === 2 && x.every((n) => typeof n === "string"),
  tab: (x) => typeof x === "string",
  metric: (x) => typeof x === "string",
  logY: (x) => typeof x === "boolean",
  byTime: (x) => typeof x === "boolean",
  trial: (x) => Number.isInteger(x) && x > 0,
  contourX: (x) => typeof x === "string",
  contourY: (x) => typeof x === "string",
  theme: (x) => x === "dark" || x === "light",
};

const isRange = (x) => Array.isArray(x) && x.length === 2 && x.every(Number.isFinite);
const isMap = (x, good) =>
  typeof x === "object" && x !== null && !Array.isArray(x) && Object.values(x).every(good);

// Only what differs from the usual view.
export function toHash(view) {
  const plain = usual();
  const out = {};
  for (const [name, value] of Object.entries(view))
    if (JSON.stringify(value) !== JSON.stringify(plain[name])) out[name] = value;
  return Object.keys(out).length ? "#" + encodeURIComponent(JSON.stringify(out)) : "";
}

// A link may come from anywhere: what makes no sense is left out.
export function fromHash(hash) {
  const view = usual();
  try {
    const given = JSON.parse(decodeURIComponent(hash.replace(/^#/, "")));
    for (const [name, good] of Object.entries(kinds))
      if (Object.hasOwn(given, name) && good(given[name])) view[name] = given[name];
  } catch {
    return usual();
  }
  return view;
}
