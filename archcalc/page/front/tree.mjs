/** The tree of scopes: what is folded to one box, what is unfolded, and which boxes are read by which. */

/** At the start, levels of scopes are unfolded as long as no more boxes than this are seen. */
const READABLE = 40;

/** A layer, an output of the network, or a scope, which has children. */
export class Item {
  /** @param {string} name @param {Item | null} parent */
  constructor(name, parent) {
    this.name = name;
    this.parent = parent;
    /** @type {number} */
    this.depth = parent ? parent.depth + 1 : 0;
    /** Where the layer stands; -1 for scopes and outputs. */
    this.place = -1;
    /** @type {Item[] | null} */
    this.children = null;
    this.isOpen = false;
    /** Whether it is an output of the network. */
    this.isOutput = false;
    /** Whether it makes a map of nothing but its own tensors. */
    this.isSource = false;
    /** The block that a scope is a call of. @type {string | null} */
    this.block = null;
    /** @type {Item[] | null} */
    this.found = null;
    parent?.children.push(this);
  }

  /** What it is called in its scope. */
  get label() {
    const outer = this.parent?.name;
    return outer ? this.name.slice(outer.length + 1) : this.name;
  }

  /** The layers in it, in the order of computation. @returns {Item[]} */
  get leaves() {
    this.found ??= this.children ? this.children.flatMap((child) => child.leaves) : [this];
    return this.found;
  }

  /** The places of the layers in it. */
  get places() {
    return this.leaves.map((leaf) => leaf.place).filter((place) => place >= 0);
  }
}

/** The scopes of a network as a tree. */
export class Tree {
  /** @param {import("./network.mjs").Network} network */
  constructor(network) {
    this.root = new Item("", null);
    this.root.children = [];
    this.root.isOpen = true;
    this.scopes = [];
    for (const scope of network.data.scopes) {
      const item = new Item(scope.name, scope.in === null ? this.root : this.scopes[scope.in]);
      item.children = [];
      item.block = scope.block;
      this.scopes.push(item);
    }
    // A scope stands where its first layer does, behind the layers in front of it.
    for (const item of [this.root, ...this.scopes]) item.children = [];
    this.leaves = network.layers.map((layer, place) => {
      const leaf = new Item(layer.name, null);
      leaf.place = place;
      leaf.isSource = Boolean(layer.family) && !network.reads[place].length && !network.names[place].length;
      this.#hang(leaf, layer.scope === undefined ? this.root : this.scopes[layer.scope]);
      return leaf;
    });
    /** Who reads whom: pairs of layers, and whether a field only names the map. */
    this.links = [];
    network.layers.forEach((_, place) => {
      for (const one of network.reads[place]) if (one) this.links.push([this.leaves[one.layer], this.leaves[place], false]);
      for (const one of network.names[place]) if (one) this.links.push([this.leaves[one.layer], this.leaves[place], true]);
    });
    for (const [name, read] of Object.entries(network.data.outputs)) {
      if (read === null) continue;
      const leaf = new Item(name, null);
      leaf.isOutput = true;
      this.#hang(leaf, this.root);
      this.leaves.push(leaf);
      this.links.push([this.leaves[Array.isArray(read) ? read[0] : read], leaf, false]);
    }
    this.unfoldReadable();
  }

  #hang(item, scope) {
    item.parent = scope;
    item.depth = scope.depth + 1;
    if (scope.parent && !scope.children.length) this.#hang(scope, scope.parent);
    scope.children.push(item);
  }

  /** Scopes are as open as those of the same names were. @param {Tree} before */
  keep(before) {
    const known = new Map(before.scopes.map((scope) => [scope.name, scope.isOpen]));
    for (const scope of this.scopes) scope.isOpen = known.get(scope.name) ?? scope.isOpen;
  }

  /** Unfold as many levels as stay readable. */
  unfoldReadable() {
    for (const scope of this.scopes) scope.isOpen = false;
    const deepest = Math.max(0, ...this.scopes.map((scope) => scope.depth));
    for (let depth = 1; depth <= deepest; depth++) {
      const level = this.scopes.filter((scope) => scope.depth === depth);
      for (const scope of level) scope.isOpen = true;
      if (this.visible().length <= READABLE) continue;
      for (const scope of level) scope.isOpen = false;
      return;
    }
  }

  /** The boxes and the frames that are seen, each frame in front of what is in it. @returns {Item[]} */
  seen() {
    const found = [];
    const walk = (item) => {
      found.push(item);
      if (item.isOpen) item.children.forEach(walk);
    };
    this.root.children.forEach(walk);
    return found;
  }

  /** The boxes that are seen. */
  visible() {
    return this.seen().filter((item) => !item.isOpen);
  }

  /** Unfold everything around an item, so that it is seen; whether anything was folded. @param {Item} item */
  reveal(item) {
    let changed = false;
    for (let scope = item.parent; scope?.parent; scope = scope.parent) {
      changed ||= !scope.isOpen;
      scope.isOpen = true;
    }
    return changed;
  }

  /** @param {boolean} isOpen */
  setAll(isOpen) {
    for (const scope of this.scopes) scope.isOpen = isOpen;
  }
}
