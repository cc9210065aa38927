// Questions and explanations.
import { element } from "./canvas.js";
import { keyOf } from "./axes.js";

const box = () => document.getElementById("dialog");

function open(title, content, buttons) {
  const dialog = box();
  const wrong = element("p", { className: "wrong", role: "alert" });
  const row = element("div", { className: "buttons" });
  for (const { label, className = "", action } of buttons)
    row.append(
      element("button", {
        type: "button",
        textContent: label,
        className,
        onclick: async () => {
          const refused = action ? await action() : "";
          if (refused) wrong.textContent = refused;
          else dialog.close();
        },
      }),
    );
  dialog.replaceChildren(element("h2", { textContent: title }), ...content, wrong, row);
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export function confirmStop(trial, stop) {
  const dialog = open(
    `Stop trial ${trial.id}?`,
    [
      element("p", {
        textContent: "It is asked to end. Its results are kept, and it counts as stopped.",
      }),
    ],
    [{ label: "let it run" }, { label: "stop it", className: "danger", action: stop }],
  );
  dialog.querySelector(".danger").focus();
}

export function askForLimit(now, set) {
  const input = element("input", {
    type: "number",
    min: "1",
    max: "100000",
    value: String(now || ""),
  });
  open(
    "Maximum number of concurrent trials",
    [input, element("p", { textContent: "A lower limit stops no trial that is running." })],
    [
      { label: "cancel" },
      {
        label: "set",
        className: "main",
        action: () =>
          input.valueAsNumber >= 1 ? set(input.valueAsNumber) : "a whole number from 1",
      },
    ],
  );
  input.focus();
}

export function askForConfiguration(study, like, enqueue) {
  const from = like ? study.trial(like).values : {};
  const fields = element("div", { className: "fields" });
  const read = [];
  for (const p of study.parameters) {
    const value = from[p.name];
    let input;
    if (p.type === "continuous" || p.type === "discrete") {
      input = element("input", {
        type: "text",
        value: value === undefined ? "" : String(value),
        inputMode: "decimal",
      });
      read.push([p.name, () => (input.value.trim() === "" ? NaN : Number(input.value))]);
    } else {
      input = element("select");
      for (const choice of p.range) input.append(element("option", { textContent: keyOf(choice) }));
      if (value !== undefined)
        input.selectedIndex = Math.max(
          0,
          p.range.findIndex((choice) => keyOf(choice) === keyOf(value)),
        );
      read.push([p.name, () => p.range[input.selectedIndex]]);
    }
    fields.append(element("label", { textContent: p.name }), input);
  }
  open(
    "Enqueue a configuration",
    [fields],
    [
      { label: "cancel" },
      {
        label: "enqueue",
        className: "main",
        action: () => {
          const parameters = {};
          for (const [name, value] of read) {
            parameters[name] = value();
            if (Number.isNaN(parameters[name])) return name + ": a number is missing";
          }
          return enqueue(parameters);
        },
      },
    ],
  );
}

export function showLink(href) {
  open(
    "A link to this view",
    [
      element("p", { textContent: "For people who may open the study:" }),
      element("code", { textContent: href }),
    ],
    [
      { label: "close" },
      {
        label: "copy",
        className: "main",
        action: async () => {
          try {
            await navigator.clipboard.writeText(href);
            return "";
          } catch {
            return "the browser does not let this page copy; mark the text and copy it";
          }
        },
      },
    ],
  );
}

export function help(names) {
  const keys = [
    ["/", "select by an expression"],
    ["j k ↓ ↑", "next, previous trial"],
    ["b", "the best trial"],
    ["s", "stop the trial that is open"],
    ["1 … 9", "the charts"],
    ["t", "dark or light"],
    ["Esc", "close, show all"],
    ["?", "this"],
  ];
  const table = element("div", { className: "fields" });
  for (const [key, what] of keys)
    table.append(element("kbd", { textContent: key }), element("span", { textContent: what }));
  const words = element("p", {});
  words.append(
    "Expressions: ",
    element("code", {
      textContent:
        'objective > 0.9 and (running or not failed) and "a name" == value and name ~ part',
    }),
    ". Names: id, status, iteration, worker, duration, ",
    names.join(", "),
    ".",
  );
  const mouse = element("p", {
    textContent:
      "Drag along an axis to select, with Shift a further part of it; click it to clear. " +
      "Drag an axis's name to move it; click the name for a menu. " +
      "Click a line, a curve, a dot or a row to open its trial.",
  });
  open("Keys and words", [table, words, mouse], [{ label: "close" }]);
}
