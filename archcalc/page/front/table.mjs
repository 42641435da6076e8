/** The table of layers: sorted, filtered, in step with the graph. Only the rows that are seen are elements. */

import { byId, html, oncePerFrame } from "./dom.mjs";
import { grouped } from "./exact.mjs";

const ROW = 22;
const BEYOND = 8;
/** Counts that have a column only where a layer has any. */
const RARE = ["frozen", "buffers"];

export class TableView {
  /** @param {import("./page.mjs").Page} page */
  constructor(page) {
    this.page = page;
    const { layers } = page.network;
    const hasAny = (name) => layers.some((layer) => layer[name] !== undefined && layer[name] !== null);
    const counts = ["parameters", ...RARE.filter(hasAny), "multiplications", "activations"];
    /** @type {any[]} */
    this.columns = [
      { name: "name", text: (place) => layers[place].name },
      { name: "kind", text: (place) => layers[place].kind },
      { name: "output", text: (place) => page.now.shapes(place).join(", ") },
      ...counts.map((name) => ({ name, count: (place) => page.now.count(place, name) })),
    ];
    this.sorted = { by: -1, isUp: true };
    this.filter = "";
    this.scroller = byId("scroller");
    this.table = byId("table");
    this.body = byId("rows");
    this.isWhole = false;
    this.rows = new Map();
    this.#head();
    this.show = oncePerFrame(() => this.#show());
    this.scroller.addEventListener("scroll", this.show);
    new ResizeObserver(this.show).observe(this.scroller);
    byId("filter").addEventListener("input", (event) => {
      this.filter = event.target.value.trim().toLowerCase();
      this.arrange();
    });
    this.body.addEventListener("click", (event) => this.#choose(this.#placeOf(event.target)));
    this.body.addEventListener("keydown", (event) => this.#key(event));
    this.arrange();
  }

  #head() {
    this.heads = this.columns.map((column, at) =>
      html(
        "th",
        { scope: "col", class: column.count ? "number" : "", "aria-sort": "none" },
        html("button", { type: "button", click: () => this.#sort(at) }, column.name),
      ),
    );
    byId("columns").replaceChildren(...this.heads);
    this.table.setAttribute("aria-colcount", String(this.columns.length));
  }

  #sort(at) {
    const isSame = this.sorted.by === at;
    this.sorted = { by: at, isUp: isSame ? !this.sorted.isUp : !this.columns[at].count };
    this.heads.forEach((head, place) =>
      head.setAttribute("aria-sort", place !== at ? "none" : this.sorted.isUp ? "ascending" : "descending"),
    );
    this.arrange();
    this.#intoSight(this.page.chosen);
  }

  /** Filter and sort; layers of equal worth stay in the order of computation. */
  arrange() {
    const { layers } = this.page.network;
    const wanted = this.filter;
    this.order = this.page.places.filter(
      (place) => !wanted || `${layers[place].name} ${layers[place].kind}`.toLowerCase().includes(wanted),
    );
    const column = this.columns[this.sorted.by];
    if (column) {
      const keys = new Map(this.order.map((place) => [place, (column.count ?? column.text)(place)]));
      const direction = this.sorted.isUp ? 1 : -1;
      this.order.sort((a, b) => direction * compared(keys.get(a), keys.get(b)) || a - b);
    }
    this.table.setAttribute("aria-rowcount", String(this.order.length + 1));
    byId("found").textContent = wanted ? `${this.order.length} of ${this.page.places.length}` : "";
    this.#show();
  }

  /** Make elements of the rows that are seen. */
  #show() {
    const height = this.scroller.clientHeight || 400;
    const first = this.isWhole ? 0 : Math.max(0, Math.floor(this.scroller.scrollTop / ROW) - BEYOND);
    const last = this.isWhole ? this.order.length : Math.min(this.order.length, first + Math.ceil(height / ROW) + 2 * BEYOND);
    const focused = this.#placeOf(document.activeElement);
    this.rows = new Map(this.order.slice(first, last).map((place, at) => [place, this.#row(place, first + at)]));
    this.body.replaceChildren(spacer(first), ...this.rows.values(), spacer(this.order.length - last));
    this.#tabStop();
    if (focused !== null) this.rows.get(focused)?.focus({ preventScroll: true });
  }

  #row(place, at) {
    const row = html("tr", {
      "data-place": place,
      tabindex: -1,
      "aria-level": this.page.tree.leaves[place].depth,
      "aria-rowindex": at + 2,
      "aria-selected": String(place === this.page.chosen),
    });
    for (const column of this.columns) row.append(html("td", { class: column.count ? "number" : "" }));
    this.#fill(row, place);
    return row;
  }

  #fill(row, place) {
    this.columns.forEach((column, at) => {
      row.cells[at].textContent = column.count ? counted(column.count(place)) : column.text(place);
    });
    row.classList.toggle("fault", this.page.now.faults.has(place));
  }

  /** One row alone is a stop of the tab key. */
  #tabStop() {
    const stop = this.rows.get(this.page.chosen) ?? this.rows.values().next().value;
    stop?.setAttribute("tabindex", "0");
  }

  onSizes() {
    if (this.sorted.by >= 2) this.arrange();
    else for (const [place, row] of this.rows) this.#fill(row, place);
  }

  onChosen(before) {
    this.rows.get(before)?.setAttribute("aria-selected", "false");
    this.rows.get(this.page.chosen)?.setAttribute("aria-selected", "true");
    this.#intoSight(this.page.chosen);
  }

  #intoSight(place) {
    const at = this.order.indexOf(place);
    if (at < 0) return;
    const { scrollTop, clientHeight } = this.scroller;
    const top = at * ROW;
    if (top < scrollTop || top + 3 * ROW > scrollTop + clientHeight) this.scroller.scrollTop = Math.max(0, top - clientHeight / 3);
    this.#show();
  }

  #placeOf(target) {
    const row = target?.closest?.("#rows tr[data-place]");
    return row ? Number(row.dataset.place) : null;
  }

  #choose(place) {
    if (place !== null) this.page.choose(place);
  }

  #key(event) {
    const place = this.#placeOf(event.target);
    if (place === null) return;
    const at = this.order.indexOf(place);
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / ROW) - 2);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: this.order.length - 1 };
    if (event.key === "Enter" || event.key === " ") this.#choose(place);
    else if (event.key in to) this.#focus(Math.min(this.order.length - 1, Math.max(0, to[event.key])));
    else return;
    event.preventDefault();
  }

  #focus(at) {
    const place = this.order[at];
    this.#intoSight(place);
    this.rows.get(place)?.focus({ preventScroll: true });
  }

  /** On paper all rows are seen. */
  forPrint(isPrinted) {
    this.isWhole = isPrinted;
    this.#show();
  }
}

/** Room for rows that are not seen. */
function spacer(rows) {
  const found = html("tr", { "aria-hidden": "true", class: "spacer" });
  found.style.height = `${rows * ROW}px`;
  return found;
}

const counted = (value) => (value === null ? "?" : value === 0n ? "-" : grouped(value));

/** Below 0, 0 or above 0; what is not known stands last. */
function compared(a, b) {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : a > b ? 1 : 0;
}
