/** Three rows of bars: where parameters, multiplications and activations are. A path for each family, whatever its size. */

import { byId, html, svg } from "./dom.mjs";
import { grouped } from "./exact.mjs";

const SHOWN = ["parameters", "multiplications", "activations"];
const HEIGHT = 100;
/** Few layers do not fill a chart, and the bars of many touch. */
const [FEWEST, MANY] = [16, 150];

export class ChartsView {
  /** @param {import("./page.mjs").Page} page */
  constructor(page) {
    this.page = page;
    this.charts = SHOWN.map((name) => this.#chart(name));
    byId("charts").replaceChildren(...this.charts.map((chart) => chart.figure));
    this.onSizes();
  }

  #chart(name) {
    const caption = html("figcaption");
    const bars = svg("g");
    const mark = svg("path", { class: "mark" });
    const picture = svg(
      "svg",
      {
        role: "img",
        preserveAspectRatio: "none",
        viewBox: `0 0 ${this.#width} ${HEIGHT}`,
        click: (event) => this.page.choose(this.#placeAt(event)),
        pointermove: (event) => this.#caption(chart, this.#placeAt(event)),
        pointerleave: () => this.#caption(chart, this.page.chosen),
      },
      mark,
      bars,
    );
    const chart = { name, caption, bars, mark, picture, figure: html("figure", {}, caption, picture) };
    return chart;
  }

  get #width() {
    return Math.max(FEWEST, this.page.places.length);
  }

  #placeAt(event) {
    const area = event.currentTarget.getBoundingClientRect();
    const at = Math.floor(((event.clientX - area.left) / area.width) * this.#width);
    return this.page.places[Math.min(this.page.places.length - 1, Math.max(0, at))];
  }

  onSizes() {
    for (const chart of this.charts) this.#draw(chart);
  }

  onChosen() {
    for (const chart of this.charts) {
      this.#mark(chart);
      this.#caption(chart, this.page.chosen);
    }
  }

  #draw(chart) {
    const { page } = this;
    const isShown = page.now.isLegal;
    chart.heights = page.places.map((place) => (isShown ? Number(page.now.count(place, chart.name) ?? 0n) : 0));
    const most = Math.max(1, ...chart.heights);
    chart.heights = chart.heights.map((height) => (height && Math.max(1, (HEIGHT * height) / most)));
    const paths = new Map();
    const width = page.places.length > MANY ? "1" : ".88";
    chart.heights.forEach((height, at) => {
      if (!height) return;
      const { family } = page.network.layers[page.places[at]];
      paths.set(family, `${paths.get(family) ?? ""}M${at + 0.06} ${HEIGHT}v${-height.toFixed(2)}h${width}v${height.toFixed(2)}z`);
    });
    chart.bars.replaceChildren(...[...paths].map(([family, d]) => svg("path", { class: `f-${family}`, d })));
    const largest = page.places[chart.heights.indexOf(HEIGHT)];
    const words = largest === undefined ? "nothing to show" : `most in ${page.network.layers[largest].name}`;
    chart.picture.setAttribute("aria-label", `${chart.name} of each layer: ${words}`);
    this.#mark(chart);
    this.#caption(chart, page.chosen);
  }

  #mark(chart) {
    const at = this.page.places.indexOf(this.page.chosen);
    chart.mark.setAttribute("d", at < 0 ? "" : `M${at} 0h1v${HEIGHT}h-1z`);
  }

  /** The total, and what one layer has of it. */
  #caption(chart, place) {
    const { now, network } = this.page;
    const total = now.total(chart.name);
    const head = `${chart.name}: ${total === null ? "no total" : grouped(total)}`;
    const count = place === null || place === undefined ? null : now.count(place, chart.name);
    const part = count !== null && total ? `${network.layers[place].name}: ${grouped(count)} (${percent(count, total)})` : "";
    chart.caption.replaceChildren(html("b", {}, head), html("div", {}, part || "\u00a0"));
  }
}

const percent = (part, whole) => `${(Number((part * 1000n) / whole) / 10).toFixed(1)} %`;
