/* Small line charts in SVG. Colours are classes of the style sheet, s0 … s7. */
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

function svg(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  if (text !== undefined) {
    node.textContent = text;
  }
  return node;
}

function formatValue(value) {
  return value < 10 && !Number.isInteger(value) ? fine.format(value) : number.format(value);
}

/* A value of an axis that ends at `top`: all of them in one unit. */
function formatTick(value, top) {
  const [size, name] = [[1e6, "M"], [1e3, "k"]].find(([s]) => top >= 10 * s) ?? [1, ""];
  return value ? `${formatValue(value / size)}${name}` : "0";
}

/* "13:05", with seconds when the whole chart is only minutes wide. */
function clockTime(seconds, withSeconds) {
  return new Date(seconds * 1000).toISOString().slice(11, withSeconds ? 19 : 16);
}

/* The next of 1, 2, 5, 10, 20 … at or above. */
function niceAbove(value) {
  const base = 10 ** Math.floor(Math.log10(value));
  return base * [1, 2, 5, 10].find((factor) => factor * base >= value * 0.999);
}

/* Round times in seconds, about `wanted` of them within from … to. */
function timeTicks(from, to, wanted) {
  const steps = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  const step = steps.find((s) => (to - from) / s <= wanted) ?? 14400;
  const ticks = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
    ticks.push(t);
  }
  return ticks;
}

/* One chart in a <figure>: draw() again with new numbers, and when the width changes. */
class Chart {
  constructor(figure) {
    this.picture = svg("svg", { role: "img" });
    this.legend = document.createElement("ul");
    this.legend.className = "legend";
    figure.append(this.picture, this.legend);
    this.at = [];
    this.series = [];
    this.hover = null;
    this.picture.addEventListener("pointermove", (event) => this.point(event));
    this.picture.addEventListener("pointerleave", () => this.point(null));
    new ResizeObserver(() => this.render()).observe(figure);
  }

  /* at: seconds; series: [{name, values, style}] with a value for each time. */
  draw(at, series) {
    this.at = at;
    this.series = series;
    this.render();
  }

  point(event) {
    const box = this.picture.getBoundingClientRect();
    this.hover = event && this.at.length > 1 ? this.nearest(event.clientX - box.left) : null;
    this.render();
  }

  nearest(x) {
    let best = 0;
    for (let i = 0; i < this.at.length; i++) {
      if (Math.abs(this.x(this.at[i]) - x) < Math.abs(this.x(this.at[best]) - x)) {
        best = i;
      }
    }
    return best;
  }

  x(at) {
    const [from, to] = [this.at[0], this.at[this.at.length - 1]];
    return this.left + ((at - from) / (to - from || 1)) * (this.width - this.left - 4);
  }

  y(value) {
    return 8 + (1 - value / this.top) * (this.height - 30);
  }

  render() {
    const box = this.picture.getBoundingClientRect();
    this.width = Math.max(120, Math.round(box.width));
    this.height = Math.max(80, Math.round(box.height));
    this.picture.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.picture.replaceChildren();
    if (this.at.length < 2) {
      const middle = { class: "axis", x: this.width / 2, y: this.height / 2, "text-anchor": "middle" };
      this.picture.append(svg("text", middle, "drawn from the second look on"));
      this.legend.replaceChildren();
      return;
    }
    const highest = Math.max(1, ...this.series.flatMap((s) => s.values));
    const step = niceAbove(highest / 3);
    this.top = Math.ceil((highest / step) * 0.999) * step;
    this.seconds = this.at[this.at.length - 1] - this.at[0] < 300;
    const ticks = [];
    for (let value = 0; value <= this.top; value += step) {
      ticks.push(value);
    }
    this.left = 12 + 6.5 * Math.max(...ticks.map((tick) => formatTick(tick, this.top).length));
    this.renderAxes(ticks);
    this.series.forEach((s) => this.renderSeries(s));
    if (this.hover !== null) {
      const x = this.x(this.at[this.hover]);
      this.picture.append(svg("line", { class: "cursor", x1: x, x2: x, y1: 8, y2: this.height - 22 }));
    }
    this.renderLegend();
  }

  renderAxes(ticks) {
    for (const value of ticks) {
      const y = this.y(value);
      this.picture.append(
        svg("line", { class: "grid", x1: this.left, x2: this.width - 4, y1: y, y2: y }),
        svg("text", { class: "axis", x: this.left - 6, y: y + 4, "text-anchor": "end" }, formatTick(value, this.top)),
      );
    }
    for (const at of timeTicks(this.at[0], this.at[this.at.length - 1], this.width / 75)) {
      const x = this.x(at);
      if (x > this.left + 14 && x < this.width - 18) {
        const place = { class: "axis", x, y: this.height - 5, "text-anchor": "middle" };
        this.picture.append(svg("text", place, clockTime(at, this.seconds)));
      }
    }
  }

  renderSeries(series) {
    const points = series.values.map((v, i) => `${this.x(this.at[i]).toFixed(1)} ${this.y(v).toFixed(1)}`);
    const line = `M${points.join("L")}`;
    if (this.series.length === 1) {
      const last = this.x(this.at[this.at.length - 1]);
      const area = `${line}L${last} ${this.y(0)}L${this.left} ${this.y(0)}Z`;
      this.picture.append(svg("path", { class: `area ${series.style}`, d: area }));
    }
    this.picture.append(svg("path", { class: `line ${series.style}`, d: line }));
  }

  renderLegend() {
    const i = this.hover ?? this.at.length - 1;
    const items = this.series.map((s) => {
      const item = document.createElement("li");
      const key = document.createElement("span");
      const value = document.createElement("b");
      key.className = `key ${s.style}`;
      value.textContent = formatValue(s.values[i]);
      item.append(key, s.name, value);
      return item;
    });
    if (this.hover !== null) {
      const when = document.createElement("li");
      when.className = "when";
      when.textContent = clockTime(this.at[i], this.seconds);
      items.push(when);
    }
    this.legend.replaceChildren(...items);
    const told = this.series.map((s) => `${s.name} ${formatValue(s.values[this.at.length - 1])}`);
    this.picture.setAttribute("aria-label", `now: ${told.join(", ")}`);
  }
}
