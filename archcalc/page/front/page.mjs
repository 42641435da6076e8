/** What a page shows at a time: a network at sizes, and the layer that is chosen. Views are told when that changes. */

import { Network } from "./network.mjs";
import { Tree } from "./tree.mjs";

export class Page {
  /** @type {Network} */
  network;
  /** @type {import("./network.mjs").NetworkAtSizes} */
  now;
  /** @type {import("./graph.mjs").GraphView | null} */
  graph = null;
  /** @type {import("./figure.mjs").FigureView | null} */
  figure = null;

  /** @param {any} data as `archcalc.page.data` makes it @param {Page | null} before what was shown: it stays open, at its sizes */
  constructor(data, before = null) {
    this.data = data;
    this.network = new Network(data);
    this.tree = new Tree(this.network);
    /** @type {number | null} */
    this.chosen = null;
    this.views = [];
    const stated = this.network.stated();
    const said = before ? before.network.stated() : {};
    // Sizes that somebody chose stay, unless the text now says others.
    const kept = Object.entries(before ? before.now.sizes : {}).filter(([name]) => name in stated && said[name] === stated[name]);
    if (before) this.tree.keep(before.tree);
    this.now = this.network.at({ ...stated, ...Object.fromEntries(kept) });
  }

  /**
   * @template View
   * @param {View & {onSizes?: () => void, onChosen?: (before: number | null) => void}} view
   * @returns {View}
   */
  add(view) {
    this.views.push(view);
    return view;
  }

  /** Take other sizes; those that are not named stay. @param {Record<string, bigint>} sizes */
  setSizes(sizes) {
    this.now = this.network.at({ ...this.now.sizes, ...sizes });
    for (const view of this.views) view.onSizes?.();
  }

  /** Choose a layer. @param {number} place */
  choose(place) {
    const before = this.chosen;
    this.chosen = place;
    for (const view of this.views) view.onChosen?.(before);
  }

  /** The sizes of the check that found what there is to tell, in words; empty where it had none. */
  get checkedAt() {
    return Object.entries(this.data.checked)
      .map(([name, size]) => `${name} = ${size}`)
      .join(", ");
  }

  /** Whether the sizes that are shown are those of the check. */
  get isAsChecked() {
    return Object.entries(this.data.checked).every(([name, size]) => (this.now.sizes[name] ?? BigInt(size)) === BigInt(size));
  }

  /** The places of layers that compute something: inputs are none. */
  get places() {
    return this.network.computing;
  }
}
