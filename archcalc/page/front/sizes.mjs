/** Sizes to choose: a field and a slider for each symbol, which sizes are legal around it, and the nearest that are. */

import { byId, html, oncePerFrame, svg } from "./dom.mjs";
import { grouped } from "./exact.mjs";

/** Sizes on each side of the one that is shown. */
const AROUND = 32n;
const LEAST_RANGE = 64n;
const REASONS = 3;
/** Counts that the heading shows where there are none, too. */
const ALWAYS = ["parameters", "multiplications"];
const HEADED = ["parameters", "frozen", "buffers", "multiplications", "activations"];

export class SizesView {
  /** @param {import("./page.mjs").Page} page */
  constructor(page) {
    this.page = page;
    this.pending = {};
    this.apply = oncePerFrame(() => this.page.setSizes(this.pending));
    this.controls = page.network.symbols.map((name) => this.#control(name));
    byId("sizes").replaceChildren(...this.controls.map((control) => control.row));
    this.#explain();
    this.onSizes();
  }

  #control(name) {
    const size = this.page.now.sizes[name];
    const max = size * 2n > LEAST_RANGE ? size * 2n : LEAST_RANGE;
    const field = html("input", { id: `size-${name}`, inputmode: "numeric", pattern: "[0-9]*", autocomplete: "off" });
    const slider = html("input", { type: "range", min: 1, max: String(max), "aria-label": `${name} as a slider` });
    field.addEventListener("input", () => this.#read(name, field.value));
    field.addEventListener("keydown", (event) => this.#step(name, event));
    slider.addEventListener("input", () => this.#read(name, slider.value));
    const cells = svg("path", { class: "legal" });
    const here = svg("path", { class: "here", d: `M${AROUND} 0h1v8h-1z` });
    const strip = svg("svg", { viewBox: `0 0 ${2n * AROUND + 1n} 8`, preserveAspectRatio: "none", "aria-hidden": "true" });
    strip.append(cells, here);
    const [first, last] = [html("span"), html("span")];
    const around = html("div", { class: "around" }, first, strip, last);
    const row = html("div", { class: "size" }, html("label", { for: `size-${name}` }, `${name} =`), field, slider, around);
    return { name, row, field, slider, cells, first, last, around };
  }

  #read(name, text) {
    if (!/^[0-9]+$/.test(text.trim())) return;
    const size = BigInt(text.trim());
    this.pending = { ...this.page.now.sizes, ...this.pending, [name]: size < 1n ? 1n : size };
    this.apply();
  }

  #step(name, event) {
    const by = { ArrowUp: 1n, ArrowDown: -1n }[event.key];
    if (!by) return;
    event.preventDefault();
    this.#read(name, String((this.pending[name] ?? this.page.now.sizes[name]) + by));
  }

  /** The legal sizes in words, and the layers that ask for them. */
  #explain() {
    const { network } = this.page;
    const area = byId("legal");
    const text = legalText(network);
    const causes = network.data.legal?.causes ?? [];
    area.hidden = !text;
    area.querySelector("summary").textContent = text;
    area.querySelector("ul").replaceChildren(...causes.map((cause) => this.#cause(cause)));
  }

  #cause({ layer, text, reason }) {
    const place = this.page.network.placeOf.get(layer);
    const name = place === undefined ? layer : html("button", { type: "button", click: () => this.page.choose(place) }, layer);
    return html("li", {}, name, ` ${text}${reason ? `: ${reason}` : ""}`);
  }

  onSizes() {
    const { now } = this.page;
    this.pending = {};
    for (const control of this.controls) this.#show(control);
    byId("totals").replaceChildren(...this.#totals());
    this.#state();
    document.body.classList.toggle("illegal", !now.isLegal);
  }

  #show({ name, field, slider, cells, first, last, around }) {
    const { now, network } = this.page;
    const size = now.sizes[name];
    if (document.activeElement !== field || field.value.trim() !== String(size)) field.value = String(size);
    field.setAttribute("aria-invalid", String(!now.isLegal));
    if (document.activeElement !== slider) slider.max = String(size > BigInt(slider.max) ? size : slider.max);
    slider.value = String(size);
    slider.setAttribute("aria-valuetext", `${size}${network.legality ? (now.isLegal ? ", legal" : ", not legal") : ""}`);
    around.hidden = !network.legality;
    if (!network.legality) return;
    const start = size - AROUND < 1n ? 1n : size - AROUND;
    let d = "";
    for (let other = start; other <= size + AROUND; other++)
      if (network.legality.has({ ...now.sizes, [name]: other })) d += `M${other - size + AROUND} 0h1v8h-1z`;
    cells.setAttribute("d", d);
    first.textContent = String(start);
    last.textContent = String(size + AROUND);
  }

  #totals() {
    const { now, network } = this.page;
    if (!network.layers.length) return ["this text is no network"];
    if (!now.isLegal) return [network.legality ? "no network of this size" : "no totals: see the findings"];
    return HEADED.filter((name) => ALWAYS.includes(name) || now.total(name) !== 0n).map((name) => {
      const total = now.total(name);
      return html("span", {}, html("b", {}, total === null ? "?" : grouped(total)), ` ${name}`);
    });
  }

  /** In words and in colour: whether the sizes are legal, who refuses them, and the nearest that are. */
  #state() {
    const { now, network } = this.page;
    const state = byId("state");
    const near = byId("near");
    near.replaceChildren();
    state.className = now.isLegal ? "good" : "bad";
    if (!network.legality) {
      state.textContent = "";
      return;
    }
    // A layer behind another fault is told about numbers that there are not.
    const first = now.broken.filter(({ layer }) => !now.behind.has(network.placeOf.get(layer)));
    const reasons = first.slice(0, REASONS).map(({ layer, reason, text }) => `${layer}: ${reason || text}`);
    state.textContent = now.isLegal ? "✓ legal" : ["✗ not legal", ...reasons].join("; ");
    if (now.isLegal) return;
    const found = network.legality.nearest(now.sizes).filter((sizes) => sizes !== null);
    near.append(
      found.length ? "nearest: " : "no legal size is near",
      ...found.map((sizes) =>
        html("button", { type: "button", click: () => this.page.setSizes(sizes) }, written(sizes, network.symbols)),
      ),
    );
  }
}

const written = (sizes, symbols) => symbols.map((name) => `${name} = ${sizes[name]}`).join(", ");

function legalText({ legality, data, symbols }) {
  if (!legality) return symbols.length ? "which sizes are legal is not known because of errors" : "";
  const texts = [`legal: ${data.legal.text}`];
  if (data.legal.withNewWeights) texts.push(`with new weights: ${data.legal.withNewWeights}`);
  if (data.legal.restsOn.length) texts.push(`if what is stated holds: ${data.legal.restsOn.join(", ")}`);
  return texts.join("; ");
}
