/** A network at sizes that somebody chooses: the one place where it is decided which numbers there are to show. */

import { Forms, isWhole, plain } from "./exact.mjs";
import { Legality } from "./legality.mjs";

/** What layers are counted by. */
export const COUNTS = ["parameters", "frozen", "buffers", "multiplications", "activations"];

/** A size from which the search for a first legal one begins where a spec states none. */
const ANY = 64n;

/**
 * The network of a page's data, with its symbols free.
 *
 * @typedef {{layer: number, port: number}} Read a map: who writes it, and at which of its outputs
 */
export class Network {
  /** @param {any} data */
  constructor(data) {
    this.data = data;
    this.forms = new Forms(data.forms, data.atoms);
    this.layers = data.layers;
    /** The places of layers that compute something: inputs are none. @type {number[]} */
    this.computing = [...this.layers.keys()].filter((place) => this.layers[place].family);
    this.symbols = Object.keys(data.symbols);
    this.fixed = integers(data.fixed);
    this.legality = data.legal && new Legality(data.legal, (sizes) => this.forms.at({ ...this.fixed, ...sizes }));
    this.placeOf = new Map(this.layers.map((layer, place) => [layer.name, place]));
    this.reads = this.layers.map((layer) => (layer.reads ?? []).map(read));
    this.names = this.layers.map((layer) => (layer.names ?? []).map(read));
  }

  /** The sizes that the spec states, or legal ones near others where it states none. */
  stated() {
    const known = Object.fromEntries(
      this.symbols.map((name) => [name, BigInt(this.data.checked[name] ?? this.data.symbols[name] ?? ANY)]),
    );
    const isStated = this.symbols.every((name) => this.data.checked[name] ?? this.data.symbols[name]);
    if (isStated || !this.legality || this.legality.has(known)) return known;
    const [below, above] = this.legality.nearest(known);
    return above ?? below ?? known;
  }

  /** The network at sizes. @param {Record<string, bigint>} sizes */
  at(sizes) {
    return new NetworkAtSizes(this, sizes);
  }
}

/** @returns {Read | null} */
function read(written) {
  if (written === null) return null;
  return Array.isArray(written) ? { layer: written[0], port: written[1] } : { layer: written, port: 0 };
}

/** @param {Record<string, number | string>} sizes */
export const integers = (sizes) =>
  Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, BigInt(size)]));

/**
 * A network at sizes. At sizes that are not legal there is no such network: then it has no count at all, and the sizes
 * of its layers end where the first of them is none.
 */
export class NetworkAtSizes {
  /** @param {Network} network @param {Record<string, bigint>} sizes */
  constructor(network, sizes) {
    this.network = network;
    this.sizes = sizes;
    this.values = network.forms.at({ ...network.fixed, ...sizes });
    /** Whether there is a network of these sizes; where no size can be chosen, whether an error keeps some unknown. */
    this.isLegal = network.legality ? network.legality.has(sizes) : network.data.complete;
    this.totals = new Map();
    this.broken = this.isLegal || !network.legality ? [] : network.legality.broken(this.values);
    this.#findFaults();
  }

  #findFaults() {
    /** The layers at which sizes arise that are none, or whose conditions do not hold. */
    this.faults = new Set();
    /** The layers of which nothing can be said, because they stand behind a fault. */
    this.behind = new Set();
    if (!this.network.legality) {
      // Where sizes cannot be chosen, it is the findings that say which layers are wrong.
      for (const { layer, severity } of this.network.data.diagnostics)
        if (severity === "error" && this.network.placeOf.has(layer)) this.faults.add(this.network.placeOf.get(layer));
      return;
    }
    if (this.isLegal) return;
    const asking = new Set(this.broken.map((condition) => condition.layer));
    this.network.layers.forEach((layer, place) => {
      const all = [...this.network.reads[place], ...this.network.names[place]];
      if (all.some((one) => one && (this.faults.has(one.layer) || this.behind.has(one.layer)))) this.behind.add(place);
      else if (asking.has(layer.name) || layer.outputs.some((sizes) => sizes?.some((form) => this.#isNoSize(form))))
        this.faults.add(place);
    });
  }

  #isNoSize(form) {
    const value = form === null ? null : this.values[form];
    return value !== null && (!isWhole(value) || value < 1n);
  }

  /** The shape that a layer writes: "64×112×112", with ? for what is not known. @param {number} place */
  shape(place, port = 0) {
    const sizes = this.network.layers[place].outputs[port];
    if (!sizes) return "?";
    const isKnown = !this.behind.has(place);
    return sizes.map((form) => (form === null || !isKnown ? "?" : plain(this.values[form]))).join("×") || "1";
  }

  /** The shapes of all outputs of a layer. @param {number} place */
  shapes(place) {
    return this.network.layers[place].outputs.map((_, port) => this.shape(place, port));
  }

  /** A count of a layer; null where it is not known. @param {number} place @param {string} name */
  count(place, name) {
    if (!this.isLegal && this.network.legality) return null;
    const form = this.network.layers[place][name];
    if (form === undefined) return 0n;
    const value = form === null ? null : this.values[form];
    return value !== null && isWhole(value) ? value : null;
  }

  /** A count of layers together; null where one of them is not known. @param {Iterable<number>} places */
  sum(places, name) {
    let sum = 0n;
    for (const place of places) {
      const count = this.count(place, name);
      if (count === null) return null;
      sum += count;
    }
    return sum;
  }

  /** A count of the network; null where there is no such network, or where an error keeps it unknown. */
  total(name) {
    if (!this.totals.has(name)) this.totals.set(name, this.isLegal ? this.sum(this.network.layers.keys(), name) : null);
    return this.totals.get(name);
  }
}
