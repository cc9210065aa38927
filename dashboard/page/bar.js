// The bar at the top, the banner at the foot, and what can be chosen of a chart.
import { element } from "./canvas.js";
import { format } from "./scale.js";

const $ = (id) => document.getElementById(id);

const ends = {
  exhausted: "finished",
  budget: "finished",
  cancelled: "interrupted",
  error: "failed",
};

export function drawBar(app) {
  const { study } = app;
  const { about } = study;
  document.title = about.name + " · Sherpa";
  $("name").textContent = about.name;
  $("name").title = about.name + "\n" + about.uuid;
  const counts = study.counts();
  const algorithm = about.algorithm && about.algorithm.name;
  const lost = app.state === "lost" && !app.report;
  const words = about.ended
    ? (ends[about.ended.why] ?? about.ended.why)
    : lost
      ? "no connection"
      : about.paused
        ? "paused"
        : counts.running
          ? "running"
          : "waiting";
  $("state").textContent = words;
  $("state").className = about.ended ? "" : lost ? "lost" : about.paused ? "paused" : "live";
  $("state").title = about.ended ? about.ended.message : "";
  const ended = study.trials.filter((trial) => trial.status !== 0).length;
  const total = about.limits && about.limits.budget;
  const parts = [
    [algorithm || "", "", ""],
    [String(ended) + (total ? " / " + total : ""), "trials", ""],
    counts.running ? [String(counts.running), "running", "running"] : null,
    counts.failed ? [String(counts.failed), "failed", "failed"] : null,
    counts.stopped ? [String(counts.stopped), "stopped", "stopped"] : null,
  ].filter((part) => part && part[0]);
  $("facts").replaceChildren(
    ...parts.map(([number, word, filter]) =>
      element(
        filter ? "button" : "span",
        filter ? { title: "select them", onclick: () => app.setFilter(filter) } : {},
        element("b", { textContent: number }),
        word ? " " + word : "",
      ),
    ),
  );
  if (study.best) {
    const best = study.best;
    $("facts").append(
      element(
        "button",
        { id: "best", title: "open the best trial", onclick: () => app.openTrial(best.trial.id) },
        "best ",
        element("b", { textContent: format(best.value, 5) }),
        " trial " + best.trial.id,
      ),
    );
  }
  $("progress").firstElementChild.style.width = total
    ? Math.min(100, (100 * ended) / total) + "%"
    : about.ended
      ? "100%"
      : "0";
  const steer = app.maySteer();
  for (const id of ["pause", "limit", "enqueue"]) $(id).hidden = !steer;
  $("pause").textContent = about.paused ? "go on" : "pause";
  $("limit").textContent = about.max_concurrent
    ? "at once: " + about.max_concurrent
    : "at once: all";
  if ($("filter").value !== app.view.filter && document.activeElement !== $("filter"))
    $("filter").value = app.view.filter;
}

// The banner at the foot: only when there is something to be said about the connection.
export function drawConnection({ state, study, report }) {
  const banner = $("gone");
  const ended = Boolean(study.about && study.about.ended);
  banner.hidden =
    report || (state !== "refused" && (state === "open" || state === "connecting" || !study.about));
  banner.classList.toggle("calm", ended && state !== "refused");
  if (state === "refused")
    banner.textContent =
      "No study lets this browser in. Open the link that sherpa run printed, or that sherpa dashboard DIRECTORY makes.";
  else if (ended)
    banner.textContent =
      "The study has ended, and nobody answers any more: this is all there was. Now and then this page looks whether it goes on.";
  else
    banner.textContent =
      "The connection to the study is lost; this page comes back by itself when it can.";
}

export function drawOptions(app) {
  const { view } = app;
  const box = $("chart-options");
  const parts = [];
  if (view.tab === "curves") {
    const select = element("select", {
      id: "metric",
      title: "which metric",
      onchange: () => app.option({ metric: select.value }),
    });
    select.append(
      element("option", { value: "", textContent: "objective" }),
      ...app.study.metricNames.map((name) => element("option", { value: name, textContent: name })),
    );
    select.value = app.study.metricNames.includes(view.metric) ? view.metric : "";
    parts.push(select);
  }
  const check = (name, label) => {
    const input = element("input", {
      type: "checkbox",
      checked: Boolean(view[name]),
      onchange: () => app.option({ [name]: input.checked }),
    });
    return element("label", {}, input, " " + label);
  };
  if (view.tab === "curves" || view.tab === "best") parts.push(check("logY", "log"));
  if (view.tab === "best") parts.push(check("byTime", "against time"));
  app.optionsOf = view.tab + app.study.metricNames.join();
  box.replaceChildren(...parts);
}
