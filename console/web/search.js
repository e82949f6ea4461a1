/* The search: /api/explain tells the story of one indicator, in ThreatQ and fabric by fabric. */
"use strict";

const story = byId("story");

function closeButton() {
  const button = el("button", { type: "button", class: "plain" }, "Close");
  button.addEventListener("click", () => {
    story.hidden = true;
    window.history.replaceState(null, "", "/");
  });
  return button;
}

function storyHead(about) {
  return el("header", {}, el("div", {}, el("h2", {}, "Indicator"), el("code", {}, about)), closeButton());
}

/* "indicator 4711, SHA-256 …", as far as it is known. */
function indicatorName(indicator) {
  const words = [];
  if (indicator.id) {
    words.push(`Indicator ${indicator.id}`);
  }
  if (indicator.hash) {
    words.push(`${indicator.hash.type} ${indicator.hash.value}`);
  }
  return words.join(", ");
}

function indicatorStory(indicator) {
  return el("div", {}, el("code", {}, indicatorName(indicator)),
    el("ul", {}, ...indicator.story.map((sentence) => el("li", {}, sentence))));
}

function fabricStory(name, fabric) {
  const told = fabric.error
    ? [el("p", {}, `No answer: ${fabric.error}`)]
    : fabric.indicators.map(indicatorStory);
  const state = fabric.error ? "" : el("p", { class: "quiet" }, fabric.pid ? "its publisher runs" : "its publisher does not run");
  return el("article", { "data-story": name }, el("div", {}, el("h3", {}, name), state), el("div", {}, ...told));
}

/* What ThreatQ says now; a story of its own when it has no such indicator. */
function threatqStory(threatq) {
  const told = threatq.error
    ? [el("p", {}, `No answer: ${threatq.error}`)]
    : threatq.indicators.map(indicatorStory).concat((threatq.story || []).map((sentence) => el("p", {}, sentence)));
  return el("article", { "data-story": "ThreatQ" },
    el("div", {}, el("h3", {}, "ThreatQ"), el("p", { class: "quiet" }, "as it is now")), el("div", {}, ...told));
}

/* In the order of the page's fabrics. */
function fabricStories(fabrics) {
  const order = [...byId("fabrics").children].map((card) => card.dataset.fabric);
  const names = Object.keys(fabrics).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return names.map((name) => fabricStory(name, fabrics[name]));
}

function showStory(about, ...parts) {
  story.hidden = false;
  story.replaceChildren(storyHead(about), ...parts);
}

let asked = 0;

async function search(about) {
  const mine = ++asked;
  byId("about").value = about;
  window.history.replaceState(null, "", `#${encodeURIComponent(about)}`);
  showStory(about, el("p", { class: "quiet" }, "Asking ThreatQ and each fabric …"));
  let parts;
  try {
    const reply = await fetch(`/api/explain?q=${encodeURIComponent(about)}`);
    const said = await reply.json();
    parts = reply.ok ? [threatqStory(said.threatq), ...fabricStories(said.fabrics)] : [el("p", {}, said.error)];
  } catch {
    parts = [el("p", {}, "The server does not answer.")];
  }
  if (mine === asked) {
    showStory(about, ...parts);
  }
}

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  search(byId("about").value.trim());
});

if (location.hash.length > 1) {
  search(decodeURIComponent(location.hash.slice(1)));
}
