/** The graph: boxes, frames and edges, to be zoomed, panned, folded and walked with the arrow keys. */

import { Camera, isWithin, meet } from "./camera.mjs";
import { byId, shortened, svg } from "./dom.mjs";
import { around, edge } from "./edges.mjs";
import { grouped } from "./exact.mjs";
import { BOX, layout } from "./layout.mjs";

const LONGEST = 25;
/** What is told of a folded scope, of all its layers together. */
const COUNTED = ["parameters", "multiplications"];
const ZOOM_STEP = 1.3;
/** Of a graph with more boxes than this, only what is near the part that is seen is drawn. */
const MANY = 300;

export class GraphView {
  /** @type {Camera} */
  camera;

  /** @param {import("./page.mjs").Page} page @param {GraphView | null} before what was seen, if it was moved */
  constructor(page, before = null) {
    this.page = page;
    this.picture = byId("graph");
    this.content = svg("g", { role: "tree", "aria-label": "layers and blocks" });
    this.edges = svg("g", { class: "edges", "aria-hidden": "true" });
    const view = svg("g", {}, this.edges, this.content);
    this.picture.append(view);
    this.camera = new Camera(this.picture, view, {
      onMoved: () => this.region && !isWithin(this.camera.seen, this.region) && this.#render(),
      onClick: (target) => this.#click(target),
    });
    if (before?.camera.isMoved) this.camera.keep(before.camera);
    /** @type {Map<any, any>} what is drawn for an item */
    this.drawn = new Map();
    this.focused = null;
    this.#listen();
    this.draw();
    new ResizeObserver(() => this.camera.isMoved || this.fit()).observe(this.picture);
  }

  /** Lay everything out and draw it. */
  draw() {
    this.size = layout(this.page.tree);
    this.places = new Map([...this.size.frames, ...this.size.boxes].map((one) => [one.item, one]));
    this.seen = this.page.tree.seen();
    if (!this.places.has(this.focused)) [this.focused] = this.seen;
    this.#render();
  }

  /** Draw what is near the part that is seen; all of it where that is little, and on paper. */
  #render() {
    const hadFocus = this.content.contains(document.activeElement);
    this.region = this.seen.length > MANY && !this.isPrinted ? this.#nearby() : null;
    const isNear = (area) => !this.region || meet(area, this.region);
    const { frames, edges } = this.size;
    this.edges.replaceChildren(
      ...frames.filter(isNear).map((one) => this.#frame(one)),
      ...edges.filter(({ points }) => !this.region || isNear(around(points))).map(edge),
    );
    this.drawn.clear();
    // What has the focus stays an element, wherever it is.
    const items = this.seen.filter((item) => item === this.focused || isNear(this.places.get(item)));
    this.content.replaceChildren(...items.map((item) => (item.isOpen ? this.#head(item) : this.#box(item))));
    this.onSizes();
    this.#mark(this.#shownItem(this.page.chosen));
    this.#focusable(this.focused);
    if (hadFocus) this.drawn.get(this.focused)?.element.focus({ preventScroll: true });
  }

  /** The part of the graph that is seen, with as much around it. */
  #nearby() {
    const { x, y, width, height } = this.camera.seen;
    return { x: x - width, y: y - height, width: 3 * width, height: 3 * height };
  }

  #frame({ x, y, width, height, item }) {
    return svg("rect", { class: `frame depth${item.depth % 2}`, x, y, width, height, rx: 8 });
  }

  /** The heading of an unfolded scope. */
  #head(item) {
    const { x, y, width } = this.places.get(item);
    const text = svg("text", { x: 10, y: 14 }, shortened(`▾ ${item.label}${item.block ? `: ${item.block}` : ""}`, width / 8));
    const area = svg("rect", { width, height: 20, class: "head" });
    return this.#item(item, { class: "open", transform: `translate(${x},${y})` }, area, text);
  }

  #box(item) {
    const { x, y } = this.places.get(item);
    const middle = BOX.width / 2;
    const first = svg("text", { x: middle, y: 15, class: "first" }, shortened(this.#title(item), LONGEST));
    const second = svg("text", { x: middle, y: 30, class: "second" });
    const box = svg("rect", { width: BOX.width, height: BOX.height, rx: item.children ? 3 : 7 });
    const found = this.#item(item, { class: this.#class(item), transform: `translate(${x},${y})` }, box, first, second);
    Object.assign(this.drawn.get(item), { first, second });
    return found;
  }

  #item(item, attributes, ...children) {
    const title = svg("title", {}, item.name);
    const siblings = item.parent.children;
    const element = svg(
      "g",
      {
        ...attributes,
        role: "treeitem",
        tabindex: -1,
        "aria-level": item.depth,
        "aria-posinset": siblings.indexOf(item) + 1,
        "aria-setsize": siblings.length,
        "aria-expanded": item.children ? String(item.isOpen) : null,
        "aria-selected": "false",
      },
      title,
      ...children,
    );
    this.drawn.set(item, { element, title });
    return element;
  }

  #title(item) {
    if (item.children) return `▸ ${item.label} (${item.leaves.length})`;
    if (item.isOutput) return item.label === "output" ? "output" : `output ${item.label}`;
    const { kind } = this.page.network.layers[item.place];
    return /^\d+$/.test(item.label) || item.label === kind ? kind : `${item.label}: ${kind}`;
  }

  #class(item) {
    if (item.children) return "box closed";
    return `box f-${this.page.network.layers[item.place]?.family ?? "end"}`;
  }

  /** Write the shapes, and mark where sizes arise that are none. */
  onSizes() {
    const { now, network } = this.page;
    for (const [item, { element, title, first, second }] of this.drawn) {
      if (item.isOpen) continue;
      const last = item.leaves.at(-1);
      let shapes;
      if (item.isOutput) {
        const read = network.data.outputs[item.name];
        shapes = Array.isArray(read) ? now.shape(read[0], read[1]) : now.shape(read);
      } else shapes = now.shapes(last.place).join(", ");
      second.textContent = shortened(shapes, LONGEST + 3);
      const places = item.places;
      /** @type {[bigint | null, string][]} */
      const sums = item.children ? COUNTED.map((name) => [now.sum(places, name), name]) : [];
      const counts = sums.filter(([sum]) => sum !== null).map(([sum, name]) => `, ${grouped(sum)} ${name}`);
      title.textContent = `${first.textContent} ${second.textContent} ${item.name}${counts.join("")}`;
      element.classList.toggle("fault", places.some((place) => now.faults.has(place)));
      element.classList.toggle("behind", places.length > 0 && places.every((place) => now.behind.has(place)));
    }
  }

  onChosen() {
    const item = this.page.tree.leaves[this.page.chosen];
    if (this.page.tree.reveal(item)) this.draw();
    this.#show(item);
    this.#mark(item);
    this.#focusable(item);
  }

  /** The box that is seen for a layer. */
  #shownItem(place) {
    if (place === null) return null;
    let item = this.page.tree.leaves[place];
    while (item && !this.places.has(item)) item = item.parent;
    return item;
  }

  #mark(item) {
    this.marked?.element.classList.remove("chosen");
    this.marked?.element.setAttribute("aria-selected", "false");
    this.marked = this.drawn.get(item);
    this.marked?.element.classList.add("chosen");
    this.marked?.element.setAttribute("aria-selected", "true");
  }

  /** One item alone is a stop of the tab key; the arrow keys lead to the others. */
  #focusable(item) {
    this.drawn.get(this.focused)?.element.setAttribute("tabindex", "-1");
    this.focused = item;
    this.drawn.get(item)?.element.setAttribute("tabindex", "0");
  }

  #focus(item) {
    if (!item || !this.places.has(item)) return;
    this.#show(item);
    this.#focusable(item);
    this.drawn.get(item).element.focus({ preventScroll: true });
  }

  /** Fold or unfold a scope, with its place on the screen kept. */
  toggle(item) {
    const before = this.places.get(item);
    item.isOpen = !item.isOpen;
    const hadFocus = this.content.contains(document.activeElement);
    this.draw();
    const after = this.places.get(item);
    const { scale } = this.camera.at;
    this.camera.move((before.x - after.x) * scale, (before.y - after.y) * scale);
    if (hadFocus) this.#focus(item);
  }

  #act(item) {
    if (item.children) this.toggle(item);
    else if (item.place >= 0) this.page.choose(item.place);
  }

  #itemOf(target) {
    const element = target.closest?.("[role=treeitem]");
    return element && [...this.drawn.keys()].find((item) => this.drawn.get(item).element === element);
  }

  #click(target) {
    const item = this.#itemOf(target);
    if (!item) return;
    this.#focusable(item);
    this.#act(item);
  }

  #listen() {
    this.content.addEventListener("keydown", (event) => this.#key(event));
    this.content.addEventListener("focusin", (event) => this.#focusable(this.#itemOf(event.target) ?? this.focused));
    byId("fit").addEventListener("click", () => this.fit());
    byId("closer").addEventListener("click", () => this.camera.zoom(ZOOM_STEP));
    byId("wider").addEventListener("click", () => this.camera.zoom(1 / ZOOM_STEP));
    byId("unfold").addEventListener("click", () => this.#setAll(true));
    byId("fold").addEventListener("click", () => this.#setAll(false));
  }

  #setAll(isOpen) {
    this.page.tree.setAll(isOpen);
    this.draw();
    this.fit();
  }

  #key(event) {
    const item = this.#itemOf(event.target);
    if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.seen.indexOf(item);
    const actions = {
      ArrowDown: () => this.#focus(this.seen[at + 1]),
      ArrowUp: () => this.#focus(this.seen[at - 1]),
      Home: () => this.#focus(this.seen[0]),
      End: () => this.#focus(this.seen.at(-1)),
      ArrowRight: () => (item.isOpen ? this.#focus(item.children[0]) : item.children && this.toggle(item)),
      ArrowLeft: () => (item.isOpen ? this.toggle(item) : item.parent.parent && this.#focus(item.parent)),
      Enter: () => this.#act(item),
      " ": () => this.#act(item),
      "+": () => this.camera.zoom(ZOOM_STEP),
      "-": () => this.camera.zoom(1 / ZOOM_STEP),
    };
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  }

  fit() {
    this.camera.fit(this.size.width);
  }

  #show(item) {
    const { x, y } = this.places.get(item);
    this.camera.show({ x, y, ...BOX });
  }

  /** On paper the whole graph is seen. */
  forPrint(isPrinted) {
    this.isPrinted = isPrinted;
    this.#render();
    this.camera.print(isPrinted ? this.size : null);
  }
}
