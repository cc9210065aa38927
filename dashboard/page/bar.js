// The bar at the top, the banner at the foot, and the options of a chart.
import { element } from "./canvas.js";
import { format } from "./scale.js";
import { hasEnded } from "./study.js";

const $ = (id) => document.getElementById(id);

const ends = {
  exhausted: "finished",
  budget: "finished",
  cancelled: "interrupted",
  error: "failed",
  time: "time is up",
};

// The list of studies, where there are several.
export function drawStudies({ names, index }) {
  const select = $("studies");
  const option = (name, i) => element("option", { value: String(i), textContent: name });
  select.hidden = names.length < 2;
  select.replaceChildren(...names.map(option));
  select.value = String(index);
}

export function drawBar(store) {
  const { study, view } = store;
  const { about } = study;
  document.title = about.name + " · Sherpa";
  $("name").textContent = about.name;
  $("name").title = about.name + "\n" + about.uuid;
  const counts = study.counts();
  drawState(store, counts);
  drawFacts(store, counts);
  const steer = store.maySteer();
  for (const id of ["pause", "limit", "enqueue"]) $(id).hidden = !steer;
  $("pause").textContent = about.paused ? "resume" : "pause";
  $("limit").textContent = "max. concurrent: " + (about.max_concurrent || "all");
  if ($("filter").value !== view.filter && document.activeElement !== $("filter"))
    $("filter").value = view.filter;
  if (optionsShown !== optionsKey(store)) drawOptions(store);
}

function drawState(store, counts) {
  const { about } = store.study;
  const lost = store.state === "lost" && !store.report;
  const word = () => {
    if (about.ended) return ends[about.ended.why] ?? about.ended.why;
    if (!store.study.alive) return "interrupted";
    if (lost) return "no connection";
    if (about.paused) return "paused";
    return counts.running ? "running" : "waiting";
  };
  const look = () => {
    if (about.ended || !store.study.alive) return "";
    if (lost) return "lost";
    return about.paused ? "paused" : "live";
  };
  $("state").textContent = word();
  $("state").className = look();
  $("state").title = about.ended ? about.ended.message : "";
}

function drawFacts(store, counts) {
  const { study } = store;
  const { about, best } = study;
  const ended = study.trials.filter(hasEnded).length;
  const total = about.limits && about.limits.budget;
  const part = (number, word, filter) => {
    const onclick = () => store.setFilter(filter);
    return element(
      filter ? "button" : "span",
      filter ? { title: "select them", onclick } : {},
      element("b", { textContent: number }),
      word ? " " + word : "",
    );
  };
  const parts = [];
  if (about.algorithm && about.algorithm.name) parts.push(part(about.algorithm.name));
  parts.push(part(String(ended) + (total ? " / " + total : ""), "trials"));
  for (const status of ["running", "failed", "stopped"])
    if (counts[status]) parts.push(part(String(counts[status]), status, status));
  if (best) {
    const value = element("b", { textContent: format(best.value, 5) });
    const onclick = () => store.openTrial(best.trial.id);
    const attributes = { id: "best", title: "open the best trial", onclick };
    const failed = study.statusOf(best.trial) === "failed" ? ", which failed" : "";
    parts.push(element("button", attributes, "best ", value, " trial " + best.trial.id + failed));
  }
  $("facts").replaceChildren(...parts);
  const share = total ? Math.min(100, (100 * ended) / total) : about.ended ? 100 : 0;
  $("progress").firstElementChild.style.width = share + "%";
}

// What is selected.
export function drawSelection({ study, view, mask, chosen, filterError }) {
  const all = chosen === mask.length;
  $("filter-error").textContent = filterError;
  $("filter").classList.toggle("wrong", Boolean(filterError));
  $("chosen").textContent = all ? `${chosen} trials` : `${chosen} of ${study.trials.length} trials`;
  $("clear").hidden = all && !view.filter && !Object.keys(view.brushes).length;
}

// The banner at the foot: only when there is something to say about the connection.
export function drawConnection({ state, study, report }) {
  const banner = $("gone");
  const ended = Boolean(study.about && study.about.ended);
  const good = state === "open" || state === "connecting" || !study.about;
  banner.hidden = report || (state !== "refused" && good);
  banner.classList.toggle("calm", ended && state !== "refused");
  banner.textContent = whatOfConnection(state, ended);
}

function whatOfConnection(state, ended) {
  if (state === "refused")
    return (
      "This browser has no access to the study. Open the link that sherpa run printed, " +
      "or that sherpa dashboard DIRECTORY makes."
    );
  if (ended)
    return (
      "The study has ended and its coordinator has exited; this page shows all results. " +
      "It checks from time to time whether the study has been resumed."
    );
  return "The connection to the study is lost. This page reconnects by itself.";
}

let optionsShown = "";
const optionsKey = ({ study, view }) => view.tab + study.metricNames.join();

// The options of the chart that is shown.
export function drawOptions(store) {
  const { study, view } = store;
  const parts = [];
  if (view.tab === "curves") parts.push(metricSelect(store));
  const check = (name, label) => {
    const onchange = () => store.setOption({ [name]: input.checked });
    const input = element("input", { type: "checkbox", checked: Boolean(view[name]), onchange });
    return element("label", {}, input, " " + label);
  };
  if (view.tab === "curves" || view.tab === "best") parts.push(check("logY", "log"));
  if (view.tab === "best") parts.push(check("byTime", "against time"));
  optionsShown = optionsKey({ study, view });
  $("chart-options").replaceChildren(...parts);
}

function metricSelect(store) {
  const { study, view } = store;
  const onchange = () => store.setOption({ metric: select.value });
  const select = element("select", { id: "metric", title: "which metric", onchange });
  select.append(
    element("option", { value: "", textContent: "objective" }),
    ...study.metricNames.map((name) => element("option", { value: name, textContent: name })),
  );
  select.value = study.metricNames.includes(view.metric) ? view.metric : "";
  return select;
}
