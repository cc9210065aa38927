// Files for people to keep: tables and pictures.
import { element } from "./canvas.js";
import { columnNames } from "./columns.js";

function save(name, blob) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

const safe = (name) => name.replace(/[^\w.-]+/g, "_") || "study";

// SHERPA's table of the selected trials. A field that a spreadsheet would take for a formula
// becomes a text.
export function toCsv(study, ids) {
  const names = [...study.valueNames].sort();
  const quote = (x) => {
    let text =
      x === undefined || x === null ? "" : Array.isArray(x) ? JSON.stringify(x) : String(x);
    const formula =
      /^[=+\-@\t\r]/.test(text) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
    if (typeof x === "string" && formula) text = "'" + text;
    return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const shown = columnNames(study.valueNames);
  const head = ["Trial-ID", "Status", "Iteration", ...names.map(shown.parameter), "Objective"];
  const lines = [[...head, ...study.metricNames.map(shown.metric)].map(quote).join(",")];
  for (const id of ids) {
    const t = study.trial(id);
    const status = study.nameOf("status", t.status);
    const row = [
      id,
      status,
      study.value(t, "#iteration"),
      ...names.map((n) => t.values[n]),
      study.value(t, "#objective"),
      ...study.metricNames.map((n) => study.value(t, "@" + n)),
    ];
    lines.push(row.map(quote).join(","));
  }
  return lines.join("\n") + "\n";
}

export function toJson(study, ids) {
  const number = (x) =>
    typeof x === "number" && !Number.isFinite(x)
      ? Number.isNaN(x)
        ? "NaN"
        : x > 0
          ? "Infinity"
          : "-Infinity"
      : x;
  return JSON.stringify(
    ids.map((id) => {
      const t = study.trial(id);
      const context = Object.fromEntries(
        study.metricNames.map((n) => [n, number(study.value(t, "@" + n))]),
      );
      return {
        trial: id,
        status: study.value(t, "#status"),
        iteration: number(study.value(t, "#iteration")),
        parameters: { ...t.values },
        objective: number(study.value(t, "#objective")),
        context,
      };
    }),
    null,
    1,
  );
}

export const saveText = (name, text, type) => save(safe(name), new Blob([text], { type }));

// All layers of a pane in one image.
export function savePng(name, root, background) {
  const layers = [...root.querySelectorAll("canvas")].filter((c) => c.width > 1);
  const out = element("canvas", {
    width: Math.max(...layers.map((c) => c.width)),
    height: Math.max(...layers.map((c) => c.height)),
  });
  const context = out.getContext("2d");
  context.fillStyle = background;
  context.fillRect(0, 0, out.width, out.height);
  for (const layer of layers) context.drawImage(layer, 0, 0);
  out.toBlob((blob) => save(safe(name), blob));
}
