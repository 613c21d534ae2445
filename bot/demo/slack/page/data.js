// Slack's blocks of data: charts, and tables that people page, sort and filter.

import { el } from "./dom.js";
import { richText } from "./richtext.js";

const LABELS = 4; // of a chart's axis, at most
const written = (value) => value.toLocaleString("en");

/** Bars, stacked by series; a chart of another kind is shown as its numbers. */
export function chart({ title, chart: { type, axis_config: axes, series, segments } }) {
  const labels = axes?.categories ?? segments.map(({ label }) => label);
  const rows = series ?? [{ name: title, data: segments }];
  const numbers = el("table", {},
    el("thead", {}, el("tr", {}, el("td"), rows.map(({ name }) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, labels.map((label, at) => el("tr", {}, el("th", { scope: "row" }, label),
      rows.map(({ data }) => el("td", { class: "number" }, written(data[at].value)))))));
  return el("figure", { class: "chart" }, el("figcaption", {}, title), type === "bar" && plot(labels, rows),
    el("div", { class: type === "bar" ? "sr-only" : "" }, numbers));
}

function plot(labels, series) {
  const total = (at) => series.reduce((sum, { data }) => sum + data[at].value, 0);
  const most = Math.max(1, ...labels.map((_, at) => total(at)));
  const step = Math.ceil(labels.length / LABELS);
  const bar = ({ name, data }, at, index) => {
    const part = el("div", { class: `bar series-${index}`, title: `${labels[at]}: ${name} ${written(data[at].value)}` });
    part.style.height = `${(100 * data[at].value) / most}%`;
    return part;
  };
  return el("div", { class: "plot", "aria-hidden": "true" },
    el("div", { class: "legend" }, series.map(({ name }, index) => el("span", {}, el("span", { class: `swatch series-${index}` }), name))),
    el("div", { class: "bars" }, el("span", { class: "most" }, written(most)),
      labels.map((_, at) => el("div", { class: "column" }, series.map((one, index) => bar(one, at, index)).reverse()))),
    el("div", { class: "ticks" }, labels.map((label, at) => el("span", {}, (labels.length - 1 - at) % step ? "" : label))));
}

const said = (cell) => (cell.type === "rich_text" ? richText(cell).textContent : cell.text);
const worth = (cell) => (cell.type === "raw_number" ? cell.value : said(cell).toLowerCase());
const isNumber = (cell) => cell.type === "raw_number" && "number";

export function dataTable({ caption, rows: [head, ...rows], page_size: size = 5, row_header_column_index: first = 0 }) {
  let shown = rows;
  let page = 0;
  let order = { at: -1, down: false };
  const heads = head.map((cell, at) => el("th", { scope: "col", class: isNumber(rows[0][at]) },
    el("button", { type: "button", onclick: () => sort(at) }, cell.text)));
  const body = el("tbody");
  const where = el("span", { role: "status" });
  const turn = (by) => () => { page += by; draw(); };
  const back = el("button", { type: "button", class: "button quiet", onclick: turn(-1) }, "Previous");
  const on = el("button", { type: "button", class: "button quiet", onclick: turn(1) }, "Next");
  const filter = el("input", { type: "search", class: "text-input", placeholder: "Filter", "aria-label": `Filter ${caption}`, oninput: find });

  function find() {
    const wanted = filter.value.trim().toLowerCase();
    shown = rows.filter((row) => row.some((cell) => said(cell).toLowerCase().includes(wanted)));
    page = 0;
    draw();
  }
  function sort(at) {
    order = { at, down: order.at === at ? !order.down : Boolean(isNumber(rows[0][at])) };
    page = 0;
    draw();
  }
  function compare(one, other) {
    const [a, b] = [worth(one[order.at]), worth(other[order.at])];
    return (a < b ? -1 : a > b ? 1 : 0) * (order.down ? -1 : 1);
  }
  function draw() {
    const sorted = order.at < 0 ? shown : [...shown].sort(compare);
    const [from, to] = [page * size, Math.min((page + 1) * size, sorted.length)];
    heads.forEach((cell, at) => {
      if (at === order.at) cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    body.replaceChildren(...sorted.slice(from, to).map((row) => el("tr", {}, row.map((cell, at) =>
      el(at === first ? "th" : "td", { scope: at === first && "row", class: isNumber(cell) }, cell.type === "rich_text" ? richText(cell) : cell.text)))));
    where.textContent = sorted.length ? `${from + 1} to ${to} of ${sorted.length}` : "Nothing found";
    back.disabled = page === 0;
    on.disabled = to >= sorted.length;
  }

  draw();
  return el("div", { class: "data-table" },
    el("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": caption },
      el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, heads)), body)),
    rows.length > size && el("div", { class: "pager" }, filter, where, back, on));
}
