/** At which sizes is a network legal, and which legal sizes are near? */

import { compare, isWhole } from "./exact.mjs";

/** A stretch of a set of sizes: those from `first` to `last` with one of some remainders. */
class Run {
  constructor([first, last, modulus, residues]) {
    this.first = BigInt(first);
    this.last = last === null ? null : BigInt(last);
    this.modulus = BigInt(modulus);
    this.residues = residues.map(BigInt);
    this.remainders = new Set(this.residues);
  }

  /** @param {bigint} size */
  reaches(size) {
    return size >= this.first && (this.last === null || size <= this.last);
  }

  /** @param {bigint} size */
  has(size) {
    return this.reaches(size) && this.remainders.has(size % this.modulus);
  }

  /** The greatest size that is not above another one; null if there is none. @param {bigint} size */
  notAbove(size) {
    const end = this.last !== null && this.last < size ? this.last : size;
    const found = end - shortest(this.residues.map((residue) => modulo(end - residue, this.modulus)));
    return this.reaches(found) ? found : null;
  }

  /** The least size that is not below another one; null if there is none. @param {bigint} size */
  notBelow(size) {
    const start = this.first > size ? this.first : size;
    const found = start + shortest(this.residues.map((residue) => modulo(residue - start, this.modulus)));
    return this.reaches(found) ? found : null;
  }
}

/** @param {bigint} a @param {bigint} b */
const modulo = (a, b) => ((a % b) + b) % b;
/** @param {bigint[]} steps */
const shortest = (steps) => steps.reduce((a, b) => (a < b ? a : b));
/** @param {bigint} a */
const absolute = (a) => (a < 0n ? -a : a);

/** Whether a condition holds for a value. @param {any} condition @param {import("./exact.mjs").Value} value */
export function holds({ relation, modulus }, value) {
  if (relation === "at-least") return compare(value, 0n) >= 0;
  if (relation === "equal") return value === 0n;
  return isWhole(value) && value % BigInt(modulus) === 0n;
}

/** The set of legal sizes: one of its boxes has them, and what is undecided holds besides. */
export class Legality {
  /** @param {any} data @param {(sizes: Record<string, bigint>) => import("./exact.mjs").Value[]} valuesAt */
  constructor(data, valuesAt) {
    this.data = data;
    this.valuesAt = valuesAt;
    this.boxes = data.boxes.map((box) =>
      Object.fromEntries(Object.entries(box).map(([name, runs]) => [name, runs.map((run) => new Run(run))])),
    );
  }

  /** @param {Record<string, bigint>} sizes */
  has(sizes) {
    const inside = this.boxes.some((box) =>
      Object.entries(box).every(([name, runs]) => runs.some((run) => run.has(sizes[name]))),
    );
    return inside && this.#decides(sizes);
  }

  #decides(sizes) {
    if (!this.data.undecided.length) return true;
    const values = this.valuesAt(sizes);
    return this.data.undecided.every((condition) => holds(condition, values[condition.form]));
  }

  /** The conditions of layers that sizes break. @param {import("./exact.mjs").Value[]} values */
  broken(values) {
    return this.data.asked.filter((condition) => !holds(condition, values[condition.form]));
  }

  /**
   * The nearest legal sizes of which none is above, and of which none is below others; null where there are none.
   *
   * @param {Record<string, bigint>} sizes
   */
  nearest(sizes) {
    return [
      this.#nearest(sizes, (run, size) => run.notAbove(size)),
      this.#nearest(sizes, (run, size) => run.notBelow(size)),
    ];
  }

  #nearest(sizes, step) {
    /** @type {{found: Record<string, bigint>, way: bigint} | null} */
    let best = null;
    for (const box of this.boxes) {
      const near = nearestIn(box, sizes, step);
      if (near && (!best || near.way < best.way) && this.#decides(near.found)) best = near;
    }
    return best && best.found;
  }
}

/** The nearest sizes of a box in a direction, and how far they are; null where a symbol has none. */
function nearestIn(box, sizes, step) {
  const found = { ...sizes };
  let way = 0n;
  for (const [name, runs] of Object.entries(box)) {
    /** @type {bigint[]} */
    const near = runs.map((run) => step(run, sizes[name])).filter((size) => size !== null);
    if (!near.length) return null;
    const ways = near.map((size) => absolute(size - sizes[name]));
    found[name] = near[ways.indexOf(shortest(ways))];
    way += shortest(ways);
  }
  return { found, way };
}
