/** What there is to read: a layer's shown work, the text of the spec with its findings, and the claims about it. */

import { byId, html } from "./dom.mjs";
import { math } from "./formula.mjs";
import { legend, lines } from "./work.mjs";

const STATES = { holds: "ok", fails: "FAILS", explained: "explained", surprise: "FAILS", undecided: "open", unknown: "unknown" };
const NEWS = ["fails", "surprise", "undecided", "unknown"];

/** How the sizes and counts of the chosen layer come about, for the sizes that are shown. */
export class WorkView {
  /** @param {import("./page.mjs").Page} page */
  constructor(page) {
    this.page = page;
    this.area = byId("work");
    this.onSizes();
  }

  onChosen() {
    this.onSizes();
  }

  onSizes() {
    const { chosen } = this.page;
    this.area.replaceChildren(...(chosen === null ? [html("p", {}, "Choose a layer in the graph or in the table.")] : this.#work(chosen)));
  }

  #work(place) {
    const { network, now } = this.page;
    const layer = network.layers[place];
    const flow = network.reads[place].map((one) => (one ? now.shape(one.layer, one.port) : "?")).join(", ");
    const found = [html("h2", {}, `${layer.name} `, html("small", {}, `${layer.kind}  ${flow || "nothing"} → ${now.shapes(place).join(", ")}`))];
    if (layer.shares) found.push(html("p", {}, `with the weights of ${layer.shares}`));
    for (const { layer: name, reason, text } of now.broken)
      if (name === layer.name) found.push(html("p", { class: "bad" }, `not at this size: ${reason || text}`));
    for (const reason of layer.unknown ?? []) found.push(html("p", { class: "bad" }, reason));
    if (now.behind.has(place)) found.push(html("p", {}, "Behind a size that is none, nothing can be computed."));
    else if (layer.work) found.push(...this.#lines(layer.work));
    const at = this.page.isAsChecked ? "" : `at ${this.page.checkedAt}: `;
    for (const one of this.page.data.diagnostics)
      if (one.layer === layer.name) found.push(html("p", { class: one.severity }, `${at}${one.severity}[${one.code}]: ${one.message}`));
    return found;
  }

  #lines([pattern, letters]) {
    const { network, now } = this.page;
    const known = network.data.patterns[pattern];
    const values = letters.map((form) => (form === null ? null : now.values[form]));
    if (values.includes(null)) return [];
    const isCounted = now.isLegal || !network.legality;
    const shown = lines(known, values).filter((line) => isCounted || !line.isCount);
    const names = known.letters.map(([name]) => name);
    const rows = shown.map((line) => {
      const words = line.words && html("i", {}, line.words);
      return html("div", {}, html("dt", {}, line.quantity), html("dd", {}, ...terms(line, names), words));
    });
    return [html("dl", {}, ...rows), html("p", { class: "legend" }, legend(known, values).join(", "))];
  }
}

/** Equal terms, which may break in front of an equals sign. */
const terms = ({ chain, trees }, names) =>
  trees.map((tree, at) => html("span", {}, at ? "= " : "", math(tree, chain[at], names)));

/** The text of the spec, with what was found at its line. */
export class SpecView {
  /** @param {import("./page.mjs").Page} page */
  constructor(page) {
    this.page = page;
    this.lines = page.data.text.trimEnd().split("\n").map((text, at) => this.#line(text, at + 1));
    byId("spec").replaceChildren(...this.lines);
  }

  #line(text, number) {
    const here = this.page.data.diagnostics.filter((one) => one.line === number);
    const line = html("div", { class: "line", "data-line": number }, html("span", { class: "no" }, String(number)));
    const then = () => html("span", { class: "then" }, `at ${this.page.checkedAt}: `);
    const told = here.map((one) => html("div", { class: `told ${one.severity}` }, then(), one.message));
    line.append(...marked(text, here), ...told);
    return line;
  }

  /** What was found at some sizes says so while others are shown. */
  onSizes() {
    byId("spec").classList.toggle("other", !this.page.isAsChecked);
  }

  onChosen(before) {
    const lineOf = (place) => this.lines[this.page.network.layers[place]?.at[0] - 1];
    if (before !== null) lineOf(before)?.classList.remove("here");
    const line = lineOf(this.page.chosen);
    line?.classList.add("here");
    this.show(line);
  }

  /** Bring a line into sight without moving the page itself. */
  show(line) {
    const area = byId("spec");
    if (line) area.scrollTop = line.offsetTop - area.clientHeight / 3;
  }
}

/** A line with the stretches that findings are about underlined. Columns count from 1. */
function marked(text, findings) {
  const found = [];
  const characters = [...text];
  let at = 0;
  for (const one of [...findings].sort((a, b) => a.column - b.column)) {
    const [start, end] = [one.column - 1, one.end_line > one.line ? characters.length : one.end_column - 1];
    if (start < at) continue;
    found.push(characters.slice(at, start).join(""), html("mark", { class: one.severity }, characters.slice(start, end).join("")));
    at = end;
  }
  return [...found, characters.slice(at).join("")];
}

/** Findings and claims, the first of them those that somebody has to look at. */
export class FindingsView {
  /** @param {import("./page.mjs").Page} page @param {SpecView} spec */
  constructor(page, spec) {
    const { diagnostics, verdicts } = page.data;
    const told = diagnostics.map((one) => finding(one, spec));
    const news = verdicts.filter((one) => NEWS.includes(one.state));
    const others = verdicts.filter((one) => !NEWS.includes(one.state));
    const claims = [...news, ...others].map((one) => claim(one, spec));
    const at = page.checkedAt ? ` at ${page.checkedAt}` : "";
    const area = byId("findings");
    area.replaceChildren(
      ...section(`Findings${at}`, told, diagnostics.some((one) => one.severity !== "note")),
      ...section(`Claims of the spec${at}`, claims, news.length > 0),
    );
    area.hidden = !area.children.length;
  }
}

function section(title, entries, isOpen) {
  if (!entries.length) return [];
  return [html("details", { open: isOpen }, html("summary", {}, `${title} (${entries.length})`), html("ul", {}, ...entries))];
}

const lineButton = (line, spec) =>
  html("button", { type: "button", class: "line-button", click: () => spec.show(spec.lines[line - 1]) }, `line ${line}`);

function finding({ severity, code, message, line, notes, help }, spec) {
  const head = [html("b", { class: severity }, `${severity}[${code}]`), ` ${message} `];
  if (line) head.push(lineButton(line, spec));
  const more = [...notes, ...help.map((text) => `help: ${text}`)].map((text) => html("div", { class: "more" }, text));
  return html("li", {}, ...head, ...more);
}

function claim({ state, about, expected, computed, remark, source, because, at, file }, spec) {
  const isMet = state === "holds";
  const texts = [` ${about}: ${expected}`, isMet || computed === null ? "" : `, computed ${computed}`, remark ? ` (${remark})` : ""];
  if (because) texts.push(`: ${because}`);
  if (source) texts.push(` (${source})`);
  return html("li", {}, html("b", { class: NEWS.includes(state) ? "error" : "good" }, STATES[state]), texts.join(""), " ", file ? file : lineButton(at[0], spec));
}
