/** The lecture picture: drawn from data, in the colours of the page; a click on a volume chooses its layer. */

import { byId, svg } from "./dom.mjs";

const DASHES = "4 3";

export class FigureView {
  /**
   * @param {import("./page.mjs").Page} page
   * @param {AbortSignal} signal ends what listens
   * @param {FigureView | null} before what was shown: if it was seen, this one is
   */
  constructor(page, signal, before = null) {
    this.page = page;
    this.picture = byId("figure");
    this.data = page.data.figure;
    byId("views").hidden = !this.data;
    if (!this.data) return;
    this.picture.setAttribute("viewBox", this.data.box.join(" "));
    this.picture.setAttribute("aria-label", this.data.about);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", () => this.#draw(), { signal });
    for (const name of ["graph", "figure"]) byId(`show-${name}`).addEventListener("click", () => this.#show(name), { signal });
    this.picture.addEventListener("click", ({ target }) => this.#choose(target));
    this.#draw();
    this.onSizes();
    if (before?.isSeen) this.#show("figure");
  }

  #show(name) {
    this.isSeen = name === "figure";
    byId("left").classList.toggle("figured", this.isSeen);
    for (const one of ["graph", "figure"]) byId(`show-${one}`).setAttribute("aria-pressed", String(one === name));
  }

  /** It is drawn at the sizes of the spec, whatever the page shows. */
  onSizes() {
    if (!this.data) return;
    const { checked } = this.page.data;
    const isOther = Object.entries(this.page.now.sizes).some(([name, size]) => name in checked && BigInt(checked[name]) !== size);
    const sizes = Object.entries(checked).map(([name, size]) => `${name} = ${size}`).join(", ");
    byId("drawn-at").textContent = isOther ? `drawn at ${sizes}` : "";
  }

  #draw() {
    const at = this.dark.matches ? 1 : 0;
    const color = (place) => (place === undefined ? "none" : this.data.colors[place][at]);
    const [x, y, width, height] = this.data.box;
    const paper = svg("rect", { x, y, width, height, fill: color(this.data.background) });
    this.picture.replaceChildren(paper, ...this.data.items.map((item) => drawn(item, color)));
  }

  #choose(target) {
    const name = target.getAttribute("data-layer");
    const place = this.page.network.layers.findIndex((layer) => layer.name === name);
    if (place >= 0) this.page.choose(place);
  }
}

/** The element of one primitive. */
function drawn(item, color) {
  if (item.text !== undefined) {
    const [x, y] = item.at;
    const look = { "text-anchor": item.anchor, "font-weight": item.bold && "bold" };
    return svg("text", { x, y, "font-size": item.size, fill: color(item.fill), ...look }, item.text);
  }
  const line = { stroke: color(item.line), "stroke-width": item.wide, "stroke-dasharray": item.dashed && DASHES };
  if (item.way) return svg("path", { d: way(item.way, item.round ?? 0), fill: "none", ...line });
  const area = { points: item.area.join(" "), fill: color(item.fill), "fill-opacity": item.opacity, "stroke-linejoin": "round" };
  const tip = item.tip ? [svg("title", {}, item.tip)] : [];
  return svg("polygon", { ...area, ...line, "data-layer": item.tip?.split("\n")[0] }, ...tip);
}

/** A line through points (x and y in turn) whose corners are rounded by a radius, where its pieces are long enough. */
function way(numbers, radius) {
  const points = [];
  for (let at = 0; at < numbers.length; at += 2) points.push([numbers[at], numbers[at + 1]]);
  let d = `M${points[0]}`;
  for (let at = 1; at + 1 < points.length; at++) {
    const [before, tip, after] = points.slice(at - 1, at + 2);
    const reach = Math.min(radius, distance(before, tip) / 2, distance(tip, after) / 2);
    d += `L${towards(tip, before, reach)}Q${tip} ${towards(tip, after, reach)}`;
  }
  return `${d}L${points.at(-1)}`;
}

const distance = ([ax, ay], [bx, by]) => Math.hypot(bx - ax, by - ay);

function towards([ax, ay], [bx, by], reach) {
  const long = distance([ax, ay], [bx, by]) || 1;
  return [ax + ((bx - ax) * reach) / long, ay + ((by - ay) * reach) / long].map((one) => one.toFixed(1));
}
