/* Asks /api/status and /api/history again and again, and shows what they say. Text from outside is
 * only ever set as text. */
"use strict";

const STATUS_MS = 5000;
const HISTORY_MS = 15000;
const STYLES = 8;

/* An element; children are elements or text, `undefined` and "" are left out. */
function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== ""));
  return node;
}

function byId(id) {
  return document.getElementById(id);
}

function count(n, one, many) {
  return `${number.format(n)} ${n === 1 ? one : many}`;
}

/* "3 min": how long these seconds are, in the largest unit that fits. */
function span(seconds) {
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const [size, name] = units.find(([s]) => seconds >= s) ?? [1, "s"];
  return `${number.format(Math.max(0, Math.floor(seconds / size)))} ${name}`;
}

function ago(date) {
  const seconds = (Date.now() - Date.parse(date)) / 1000;
  return seconds < 5 ? "just now" : `${span(seconds)} ago`;
}

function shortDate(date) {
  return date.replace("T", " ").replace(/:\d\dZ$/, "");
}

function time(date, text) {
  return el("time", { datetime: date, title: date.replace("T", " ").replace("Z", " UTC") }, text);
}

function dot(level) {
  return el("span", { class: "dot", "data-level": level, "aria-hidden": "true" });
}

/* Replaces what a part of the page shows, unless it is the same: whoever selects text keeps it. */
function show(host, ...children) {
  const next = el("div", {}, ...children);
  if (host.innerHTML !== next.innerHTML) {
    host.replaceChildren(...next.childNodes);
  }
}

function showHealth(status) {
  const pill = byId("health");
  const problems = byId("problems");
  pill.dataset.level = status.health.state;
  pill.textContent = status.health.state;
  document.title = `${status.health.state === "fine" ? "" : `${status.health.state}: `}ThreatQ to TIE`;
  problems.hidden = status.problems.length === 0;
  problems.dataset.level = status.health.state;
  show(problems, ...status.problems.map((problem) => el("p", {}, problem)));
}

/* Processes of a stage, as a box of the pipeline. */
function stageBox(status, stage, name, value, detail) {
  const all = status.stages.filter((s) => s.stage === stage);
  const running = all.filter((s) => s.state === "running");
  const level = running.length === all.length ? "fine" : running.length > 0 ? "degraded" : "down";
  const nothingRuns = status.stages.every((s) => s.state !== "running");
  const state = all.length > 1 ? `${running.length} of ${all.length} run` : running.length ? "runs" : "does not run";
  return el("li", { class: "card", "data-stage": stage },
    el("div", { class: "state" }, dot(nothingRuns ? "unknown" : level), el("h3", {}, name), el("span", { class: "quiet" }, state)),
    el("p", { class: "number" }, value), el("p", { class: "quiet" }, detail));
}

function endBox(name, detail) {
  return el("li", { class: "card end" }, el("h3", {}, name), el("p", { class: "quiet" }, detail));
}

function showPipeline(status) {
  const { sweep } = status;
  const fabrics = Object.values(status.fabrics);
  const sum = (key) => fabrics.reduce((n, fabric) => n + fabric[key], 0);
  const mappers = status.stages.filter((s) => s.stage === "mapper" && s.state === "running").length;
  const back = stageBox(status, "enricher", "Enricher", count(sum("outbox"), "result", "results"),
    `to be written to ThreatQ; ${count(status.enrichment.written, "attribute", "attributes")} written so far`);
  back.classList.add("back");
  show(byId("pipeline"),
    endBox("ThreatQ", "where indicators come from"),
    stageBox(status, "fetcher", "Fetcher", count(sweep.fetched, "indicator", "indicators"),
      sweep.number ? `fetched by sweep ${sweep.number}, ${count(sweep.pages, "page", "pages")}` : "no sweep yet"),
    stageBox(status, "mapper", "Mapper", count(mappers, "process", "processes"), "decide what each fabric is told"),
    stageBox(status, "publisher", "Publisher", `${number.format(sum("queued"))} waiting`,
      `${number.format(sum("in_flight"))} in flight, ${count(fabrics.length, "fabric", "fabrics")}`),
    endBox("TIE", "what is told"), back);
}

function gauge(quota) {
  const share = Math.min(1, quota.limit ? quota.used / quota.limit : 0);
  const arc = "M12 68A54 54 0 0 1 120 68";
  const length = Math.PI * 54;
  const words = `${number.format(quota.used)} of ${number.format(quota.limit)} used in the last 24 hours`;
  const picture = svg("svg", { class: "gauge", viewBox: "0 0 132 90", role: "img", "aria-label": words,
    "data-level": share >= 1 ? "degraded" : "fine" });
  const stroke = { d: arc, fill: "none", "stroke-width": 11, "stroke-linecap": "round" };
  picture.append(svg("path", { class: "track", ...stroke }));
  if (share > 0) {
    picture.append(svg("path", { class: "used", ...stroke, "stroke-dasharray": `${(share * length).toFixed(1)} 400` }));
  }
  const used = number.format(quota.used);
  picture.append(svg("text", { class: used.length > 6 ? "big long" : "big", x: 66, y: 58 }, used),
    svg("text", { class: "small", x: 66, y: 73 }, `of ${number.format(quota.limit)}`),
    svg("text", { class: "small", x: 66, y: 88 }, "in 24 hours"));
  return picture;
}

function rows(pairs) {
  return pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
}

/* What an operator should know of a fabric besides its numbers. */
function fabricNotes(fabric) {
  const notes = [];
  if (fabric.quota.limit && fabric.quota.left === 0) {
    notes.push(`The quota is used${fabric.quota.next_free_at ? `; next free ${shortDate(fabric.quota.next_free_at)}` : ""}.`);
  }
  if (fabric.lagging) {
    notes.push("Left behind in the last sweep.");
  }
  if (fabric.breaker.state === "open" || fabric.breaker.state === "paused") {
    const next = fabric.breaker.next_probe_at ? `, next probe ${shortDate(fabric.breaker.next_probe_at)}` : "";
    notes.push(`The breaker is ${fabric.breaker.state}${next}.`);
  }
  for (const [whose, certificate] of Object.entries(fabric.certificates)) {
    if (certificate.state === "warning" || certificate.state === "expired") {
      const when = certificate.state === "expired" ? "has expired" : `expires in ${count(certificate.days, "day", "days")}`;
      notes.push(`The ${whose} certificate ${when}.`);
    }
  }
  return notes;
}

function fabricCard(name, fabric) {
  const notes = fabricNotes(fabric);
  return el("article", { class: "card fabric", "data-fabric": name },
    el("header", {}, el("h3", {}, name),
      el("p", { class: "quiet" }, dot(fabric.connected ? "fine" : "unknown"), fabric.connected ? "connected" : "not connected")),
    el("p", { class: "quiet broker", title: fabric.broker }, fabric.broker.replace(/^\{[^}]*\} */, "") || "no broker yet"),
    el("div", { class: "body" }, gauge(fabric.quota), el("dl", { class: "numbers" }, ...rows([
      ["Waiting", number.format(fabric.queued)],
      ["In flight", number.format(fabric.in_flight)],
      ["To write", number.format(fabric.outbox)],
      ["Shared", number.format(fabric.shared)],
      ["Failed", number.format(fabric.failed)],
    ]))),
    notes.length ? el("p", { class: "notes" }, notes.join(" ")) : "");
}

function showSweep(sweep) {
  const host = byId("sweep");
  if (!sweep.number) {
    show(host, el("dt", {}, "There was none yet."));
    return;
  }
  const took = sweep.finished_at ? (Date.parse(sweep.finished_at) - Date.parse(sweep.started_at)) / 1000 : null;
  show(host, ...rows([
    ["Number", `${number.format(sweep.number)}, ${sweep.kind}`],
    ["State", sweep.state === "idle" && sweep.finished_at ? "complete" : sweep.state],
    ["Began", sweep.started_at ? time(sweep.started_at, shortDate(sweep.started_at)) : "–"],
    ["Ended", sweep.finished_at ? time(sweep.finished_at, shortDate(sweep.finished_at)) : "–"],
    ["Took", took === null ? "–" : took < 1 ? "less than 1 s" : span(took)],
    ["Indicators", number.format(sweep.fetched)],
    ["Pages", number.format(sweep.pages)],
  ]), sweep.error ? el("dd", {}, sweep.error) : "");
}

function showStatus(status) {
  showHealth(status);
  showPipeline(status);
  show(byId("fabrics"), ...Object.entries(status.fabrics).map(([name, fabric]) => fabricCard(name, fabric)));
  showSweep(status.sweep);
}

function errorRow(error) {
  const who = error.fabric ? `${error.stage} ${error.fabric}` : error.stage;
  return el("li", {},
    el("div", { class: "who" }, dot(error.level === "error" ? "down" : "degraded"), el("span", {}, who),
      el("span", { class: "quiet" }, error.level === "error" ? "error, " : "warning, ", time(error.at, ago(error.at)))),
    el("div", { class: "what" }, error.text));
}

/* Growth a minute of numbers that only grow; before the first there is nothing to compare it with. */
function perMinute(at, values) {
  const rates = values.map((v, i) => (i ? ((v - values[i - 1]) * 60) / Math.max(1, at[i] - at[i - 1]) : 0));
  return rates.length > 1 ? [rates[1], ...rates.slice(1)] : rates;
}

/* The fabrics' lines; of very many only the highest, the rest as one. */
function fabricLines(history, numbers) {
  const lines = Object.entries(history.fabrics).map(([name, fabric]) => ({ name, values: numbers(fabric) }));
  const last = (line) => Math.max(...line.values);
  if (lines.length > STYLES) {
    lines.sort((a, b) => last(b) - last(a));
    const rest = lines.splice(STYLES - 1);
    const values = history.at.map((_, i) => rest.reduce((n, line) => n + line.values[i], 0));
    lines.push({ name: `${rest.length} others`, values });
  }
  return lines.map((line, i) => ({ ...line, style: `s${i}` }));
}

const charts = {
  pushed: new Chart(byId("chart-pushed")),
  queued: new Chart(byId("chart-queued")),
  threatq: new Chart(byId("chart-threatq")),
};

function showHistory(history) {
  const { at } = history;
  charts.pushed.draw(at, fabricLines(history, (fabric) => perMinute(at, fabric.pushed)));
  charts.queued.draw(at, fabricLines(history, (fabric) => fabric.queued));
  charts.threatq.draw(at, [
    { name: "indicators fetched", values: perMinute(at, history.fetched), style: "s0" },
    { name: "attributes written", values: perMinute(at, history.written), style: "s1" },
  ]);
  byId("span").textContent = at.length > 1 ? `${span(at[at.length - 1] - at[0])}, since the server began to look` : "";
  const errors = history.errors.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  show(byId("errors"), ...(errors.length ? errors.map(errorRow) : [el("li", {}, "None.")]));
}

let answered = Date.now();

async function ask(path) {
  const reply = await fetch(path);
  if (reply.status === 401) {
    location.reload();
  }
  if (!reply.ok) {
    throw new Error(`${path}: HTTP ${reply.status}`);
  }
  answered = Date.now();
  return reply.json();
}

/* For ever; the next time when the last has come, and not while nobody looks. */
async function repeat(path, ms, display) {
  for (;;) {
    try {
      if (!document.hidden) {
        display(await ask(path));
      }
    } catch (error) {
      console.warn(error.message);
    }
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

function showAge() {
  const seconds = (Date.now() - answered) / 1000;
  const pill = byId("health");
  if (seconds > (3 * STATUS_MS) / 1000 && !document.hidden) {
    pill.dataset.level = "unknown";
    pill.textContent = "no answer";
    byId("seen").textContent = `last answer ${span(seconds)} ago`;
  } else {
    byId("seen").textContent = `${new Date(answered).toISOString().slice(11, 19)} UTC`;
  }
}

repeat("/api/status", STATUS_MS, showStatus);
repeat("/api/history", HISTORY_MS, showHistory);
setInterval(showAge, 1000);
