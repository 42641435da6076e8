/** The graph: boxes, frames and edges, to be zoomed, panned, folded and walked with the arrow keys. */

import { byId, oncePerFrame, shortened, svg } from "./dom.mjs";
import { grouped } from "./exact.mjs";
import { BOX, layout } from "./layout.mjs";

const LONGEST = 25;
/** What is told of a folded scope, of all its layers together. */
const COUNTED = ["parameters", "multiplications"];
const ROUNDING = 7;
const [SMALLEST, LARGEST] = [0.02, 4];
/** Below this scale no text can be read, and none is drawn. */
const UNREADABLE = 0.22;
const ZOOM_STEP = 1.3;
const MARGIN = 12;
/** Of a graph with more boxes than this, only what is near the part that is seen is drawn. */
const MANY = 300;

export class GraphView {
  /** @param {import("./page.mjs").Page} page */
  constructor(page) {
    this.page = page;
    this.picture = byId("graph");
    this.content = svg("g", { role: "tree", "aria-label": "layers and blocks" });
    this.edges = svg("g", { class: "edges", "aria-hidden": "true" });
    this.view = svg("g", {}, this.edges, this.content);
    this.picture.append(this.view);
    this.at = { x: 0, y: 0, scale: 1 };
    this.isMoved = false;
    /** @type {Map<any, any>} what is drawn for an item */
    this.drawn = new Map();
    this.focused = null;
    this.place = oncePerFrame(() => this.#place());
    this.#listen();
    this.draw();
    new ResizeObserver(() => this.isMoved || this.fit()).observe(this.picture);
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
    const seen = this.#visible();
    return { x: seen.x - seen.width, y: seen.y - seen.height, width: 3 * seen.width, height: 3 * seen.height };
  }

  /** The part of the graph that is seen. */
  #visible() {
    const { width, height } = this.picture.getBoundingClientRect();
    const { x, y, scale } = this.at;
    return { x: -x / scale, y: -y / scale, width: width / scale, height: height / scale };
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
        shapes = Array.isArray(read) ? now.shape(...read) : now.shape(read);
      } else shapes = now.shapes(last.place).join(", ");
      second.textContent = shortened(shapes, LONGEST + 3);
      const places = item.places;
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
    this.#bringIntoSight(item);
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
    for (const old of [this.marked]) old?.element.classList.remove("chosen"), old?.element.setAttribute("aria-selected", "false");
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
    this.#bringIntoSight(item);
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
    this.at.x += (before.x - after.x) * this.at.scale;
    this.at.y += (before.y - after.y) * this.at.scale;
    this.isMoved = true;
    this.place();
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

  #listen() {
    let drag = null;
    this.picture.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      drag = { x: event.clientX - this.at.x, y: event.clientY - this.at.y, from: [event.clientX, event.clientY], id: null };
    });
    this.picture.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const [x, y] = drag.from;
      // A hand that trembles while it clicks does not pan.
      if (drag.id === null && Math.hypot(event.clientX - x, event.clientY - y) < 4) return;
      if (drag.id === null) this.picture.setPointerCapture((drag.id = event.pointerId));
      this.at.x = event.clientX - drag.x;
      this.at.y = event.clientY - drag.y;
      this.isMoved = true;
      this.place();
    });
    const end = (event) => {
      if (drag && drag.id === null && event.type === "pointerup") {
        const item = this.#itemOf(event.target);
        if (item) {
          this.#focusable(item);
          this.#act(item);
        }
      }
      drag = null;
    };
    this.picture.addEventListener("pointerup", end);
    this.picture.addEventListener("pointercancel", end);
    this.picture.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.content.addEventListener("keydown", (event) => this.#key(event));
    this.content.addEventListener("focusin", (event) => this.#focusable(this.#itemOf(event.target) ?? this.focused));
    byId("fit").addEventListener("click", () => this.fit());
    byId("closer").addEventListener("click", () => this.#zoomAtMiddle(ZOOM_STEP));
    byId("wider").addEventListener("click", () => this.#zoomAtMiddle(1 / ZOOM_STEP));
    byId("unfold").addEventListener("click", () => this.#setAll(true));
    byId("fold").addEventListener("click", () => this.#setAll(false));
  }

  #setAll(isOpen) {
    this.page.tree.setAll(isOpen);
    this.draw();
    this.fit();
  }

  #wheel(event) {
    event.preventDefault();
    this.isMoved = true;
    const area = this.picture.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey)
      this.#zoom(Math.exp(-event.deltaY * 0.01), event.clientX - area.left, event.clientY - area.top);
    else {
      this.at.x -= event.deltaX;
      this.at.y -= event.deltaY;
      this.place();
    }
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
      "+": () => this.#zoomAtMiddle(ZOOM_STEP),
      "-": () => this.#zoomAtMiddle(1 / ZOOM_STEP),
    };
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  }

  #zoomAtMiddle(factor) {
    const area = this.picture.getBoundingClientRect();
    this.isMoved = true;
    this.#zoom(factor, area.width / 2, area.height / 2);
  }

  #zoom(factor, x, y) {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.at.scale * factor));
    this.at.x = x - ((x - this.at.x) * scale) / this.at.scale;
    this.at.y = y - ((y - this.at.y) * scale) / this.at.scale;
    this.at.scale = scale;
    this.place();
  }

  /** As wide as there is room; what is long begins at its top. */
  fit() {
    const area = this.picture.getBoundingClientRect();
    if (!area.width || !area.height) return;
    const scale = Math.min(1, (area.width - 2 * MARGIN) / this.size.width);
    this.at = { x: (area.width - this.size.width * scale) / 2, y: MARGIN, scale };
    this.isMoved = false;
    this.place();
  }

  #bringIntoSight(item) {
    const { x, y } = this.places.get(item);
    const area = this.picture.getBoundingClientRect();
    const { scale } = this.at;
    const [left, top] = [this.at.x + x * scale, this.at.y + y * scale];
    const [right, bottom] = [left + BOX.width * scale, top + BOX.height * scale];
    const isSeen = left >= 0 && top >= 0 && right <= area.width && bottom <= area.height;
    if (isSeen || !area.width) return;
    this.isMoved = true;
    this.at.x += area.width / 2 - (left + right) / 2;
    this.at.y += area.height / 2 - (top + bottom) / 2;
    // At once: what is not near has no element that could get the focus.
    this.#place();
  }

  #place() {
    const { x, y, scale } = this.at;
    this.view.setAttribute("transform", `translate(${x.toFixed(2)},${y.toFixed(2)}) scale(${scale})`);
    this.picture.classList.toggle("far", scale < UNREADABLE);
    if (this.region && !isWithin(this.#visible(), this.region)) this.#render();
  }

  /** On paper the whole graph is seen, as large as the page allows. */
  forPrint(isPrinted) {
    this.isPrinted = isPrinted;
    this.#render();
    if (isPrinted) {
      this.picture.setAttribute("viewBox", `0 0 ${this.size.width} ${this.size.height}`);
      this.view.removeAttribute("transform");
      this.picture.classList.remove("far");
    } else {
      this.picture.removeAttribute("viewBox");
      this.#place();
    }
  }
}

/** Whether two areas meet. */
const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const isWithin = (a, b) => a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;

/** The area of points; that of a line is as wide as its stroke. */
function around(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs) - 1, Math.min(...ys) - 1];
  return { x, y, width: Math.max(...xs) - x + 1, height: Math.max(...ys) - y + 1 };
}

/** The path of an edge: straight pieces with round corners; between neighbouring rows a curve. */
function edge({ points, isNamed, isCurve, isSkip, ends }) {
  const d = isCurve ? curved(points) : rounded(points);
  const found = svg("path", { class: `${isSkip ? "skip" : ""}${isNamed ? " named" : ""}`, d });
  if (ends) found.setAttribute("marker-end", "url(#tip)");
  return found;
}

function curved([[x1, y1], [, y2], [x3, y3], [, y4]]) {
  if (x1 === x3) return `M${x1} ${y1}V${y4}`;
  const middle = (y2 + y3) / 2;
  return `M${x1} ${y1}V${y2}C${x1} ${middle} ${x3} ${middle} ${x3} ${y3}V${y4}`;
}

function rounded(points) {
  const [[x, y]] = points;
  let d = `M${x} ${y}`;
  for (let at = 1; at < points.length - 1; at++) {
    const [before, corner, behind] = [points[at - 1], points[at], points[at + 1]];
    const [start, end] = [towards(corner, before), towards(corner, behind)];
    d += `L${start[0]} ${start[1]}Q${corner[0]} ${corner[1]} ${end[0]} ${end[1]}`;
  }
  const [toX, toY] = points.at(-1);
  return `${d}L${toX} ${toY}`;
}

/** The point of a line where the rounding of its corner begins. */
function towards([x, y], [toX, toY]) {
  const length = Math.hypot(toX - x, toY - y);
  const part = length ? Math.min(ROUNDING, length / 2) / length : 0;
  return [x + (toX - x) * part, y + (toY - y) * part];
}
