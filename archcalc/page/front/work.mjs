/**
 * Shown work for sizes that somebody chooses: each formula with its letters, with the numbers put in, and its value.
 *
 * A tree is an integer, `[place]` for a letter of the pattern, or `[operation, operand, ...]`. Where numbers are put
 * in, a leaf is a value.
 */

import * as exact from "./exact.mjs";

const OPERATIONS = {
  "+": exact.add,
  "-": (a, b) => exact.add(a, exact.negative(b)),
  "*": exact.multiply,
  "/": exact.divide,
  "**": exact.power,
  negative: exact.negative,
  floor: exact.floor,
  ceil: exact.ceil,
  min: (...values) => exact.least(values),
  max: (...values) => exact.greatest(values),
};
const SIGNS = ["+", "-", "*", "/", "**", "negative", "number"];
const SUPERSCRIPTS = { 2: "²", 3: "³" };
/** How tightly a text holds together. */
const [SUM, PRODUCT, POWER, ATOM] = [0, 1, 2, 3];
const DECIMALS = 10000n;

const isLetter = (tree) => Array.isArray(tree) && typeof tree[0] === "number";
const isCall = (tree) => Array.isArray(tree) && !isLetter(tree) && !SIGNS.includes(tree[0]);
const isNumber = (tree) => !Array.isArray(tree) || tree[0] === "number";
const hasCall = (tree) => Array.isArray(tree) && (isCall(tree) || (!isLetter(tree) && tree.slice(1).some(hasCall)));
const numberOf = (tree) =>
  Array.isArray(tree) ? exact.quotient(BigInt(tree[1]), BigInt(tree[2])) : typeof tree === "number" ? BigInt(tree) : tree;
const rebuilt = (tree, change) =>
  isNumber(tree) || isLetter(tree) ? tree : [tree[0], ...tree.slice(1).map(change)];

/** The exact value of a tree. @param {import("./exact.mjs").Value[]} letters @returns {import("./exact.mjs").Value} */
function evaluated(tree, letters) {
  if (isLetter(tree)) return letters[tree[0]];
  if (isNumber(tree)) return numberOf(tree);
  return OPERATIONS[tree[0]](...tree.slice(1).map((operand) => evaluated(operand, letters)));
}

/** The tree without the roundings of what is whole. */
function unrounded(tree, letters) {
  const found = rebuilt(tree, (operand) => unrounded(operand, letters));
  const rounds = Array.isArray(tree) && (tree[0] === "floor" || tree[0] === "ceil");
  return rounds && exact.compare(evaluated(tree, letters), evaluated(tree[1], letters)) === 0 ? found[1] : found;
}

/** A value as a tree: a sign stands in front of a number. */
const ofValue = (value) => (exact.compare(value, 0n) < 0 ? ["negative", exact.negative(value)] : value);

/** The tree with the values in the places of the letters. */
const substituted = (tree, letters) =>
  isLetter(tree) ? ofValue(letters[tree[0]]) : rebuilt(tree, (operand) => substituted(operand, letters));

/** The tree of numbers with what is rounded or compared computed already. */
function roundedLast(tree) {
  if (!isCall(tree) || tree.slice(1).some(hasCall)) return rebuilt(tree, roundedLast);
  return rebuilt(tree, (operand) => ofValue(evaluated(operand, [])));
}

/**
 * How the parts of a formula are written; `write` walks the tree and puts parentheses where the order of operations
 * needs them. A fraction whose bar holds it together needs none, and binds what is in it to nothing.
 */
export const TEXT = {
  letter: (name) => name,
  number: (digits) => digits,
  ratio: (above, below) => `${above}/${below}`,
  negative: (operand) => `-${operand}`,
  sum: (left, sign, right) => `${left} ${sign} ${right}`,
  product: (left, right, joins) => `${left}${joins ? "" : "·"}${right}`,
  quotient: (above, below) => `${above}/${below}`,
  power: (base, exponent) => base + (SUPERSCRIPTS[exponent] ?? `^${exponent}`),
  call: (name, operands) => `${name}(${operands.join(", ")})`,
  parentheses: (inside) => `(${inside})`,
  hasBar: false,
};

/** A tree in a notation. @param {string[]} names of the letters */
export const write = (tree, names, notation) => written(tree, names, notation)[0];
const text = (tree, names) => write(tree, names, TEXT);

/** What is written, and how tightly it holds together. @returns {[any, number]} */
function written(tree, names, notation) {
  const whole = (operand) => written(operand, names, notation)[0];
  const bound = (operand, tightness) => {
    const [inside, own] = written(operand, names, notation);
    return own >= tightness ? inside : notation.parentheses(inside);
  };
  if (isLetter(tree)) return [notation.letter(names[tree[0]]), ATOM];
  if (isNumber(tree)) return number(numberOf(tree), notation);
  const [operation, left, right] = tree;
  if (operation === "negative") return [notation.negative(bound(left, PRODUCT)), SUM];
  if (isCall(tree)) return [notation.call(operation, tree.slice(1).map(whole)), ATOM];
  if (operation === "+" || operation === "-") {
    // A sign behind an operator needs parentheses: 8 + (-1).
    const isSigned = operation === "-" || (Array.isArray(right) && right[0] === "negative");
    return [notation.sum(bound(left, SUM), operation, bound(right, isSigned ? PRODUCT : SUM)), SUM];
  }
  if (operation === "*") {
    const joins = isNumber(left) && standsBehindNumbers(right, names);
    return [notation.product(bound(left, PRODUCT), bound(right, POWER), joins), PRODUCT];
  }
  if (operation === "/")
    return notation.hasBar
      ? [notation.quotient(whole(left), whole(right)), POWER]
      : [notation.quotient(bound(left, PRODUCT), bound(right, POWER)), PRODUCT];
  return [notation.power(bound(left, ATOM), whole(right)), POWER];
}

/** Whether a factor is a letter, or a power of one, that a number can stand in front of: 2P. */
function standsBehindNumbers(tree, names) {
  const base = Array.isArray(tree) && tree[0] === "**" ? tree[1] : tree;
  return isLetter(base) && names[base[0]].split("_")[0].length === 1;
}

const isExactDecimal = (value) => typeof value !== "bigint" && DECIMALS % value.denominator === 0n;

/** @returns {[any, number]} */
function number(value, notation) {
  if (typeof value === "bigint") return [notation.number(value.toString()), ATOM];
  if (isExactDecimal(value)) return [notation.number(decimal(value)), ATOM];
  return [notation.ratio(value.numerator.toString(), value.denominator.toString()), notation.hasBar ? POWER : SUM];
}

/** A fraction with four decimals, fewer where they end; as a fraction if they would show a whole number. */
export function decimal(value) {
  const isNegative = value.numerator < 0n;
  const size = isNegative ? exact.negative(value) : value;
  const scaled = exact.multiply(size, DECIMALS);
  const whole = exact.floor(scaled);
  // Halves go to the even neighbour, as Python rounds them.
  const half = exact.compare(exact.add(scaled, -whole), exact.quotient(1n, 2n));
  const rounded = half > 0 || (half === 0 && whole % 2n === 1n) ? whole + 1n : whole;
  const decimals = rounded % DECIMALS;
  if (decimals === 0n) return exact.plain(value);
  const digits = decimals.toString().padStart(4, "0").replace(/0+$/, "");
  return `${isNegative ? "-" : ""}${rounded / DECIMALS}.${digits}`;
}

const COUNTED = ["parameters", "multiplications", "buffers"];

/**
 * How the sizes and counts of a layer come about.
 *
 * @param {any} pattern its formulas and letters
 * @param {import("./exact.mjs").Value[]} letters their values
 * @returns {Line[]}
 *
 * @typedef {{quantity: string, chain: string[], trees: any[], words: string, isCount: boolean}} Line
 * the terms between the equals signs, as text and as trees
 */
export function lines(pattern, letters) {
  const names = pattern.letters.map(([name]) => name);
  return pattern.formulas.map((formula) => line(formula, names, letters));
}

function line({ quantity, tree, words = "", axes = [], defines }, names, letters) {
  const isCount = COUNTED.includes(quantity);
  if (tree === undefined) return { quantity, chain: [], trees: [], words, isCount };
  const formula = unrounded(tree, letters);
  const numbers = substituted(formula, letters);
  const value = evaluated(formula, letters);
  const result = ofValue(value);
  const shown = isCount && exact.isWhole(value) ? exact.grouped(value) : text(result, names);
  const terms = [formula, numbers, roundedLast(numbers)].map((step) => [text(step, names), step]);
  if (defines) terms.unshift([defines, { name: defines }]);
  while (terms.at(-1)?.[0] === text(result, names)) terms.pop();
  // What would be the same again is left out.
  const chain = new Map();
  for (const [written, step] of [...terms, [shown, { digits: shown }]]) if (!chain.has(written)) chain.set(written, step);
  return { quantity, chain: [...chain.keys()], trees: [...chain.values()], words: remark(value, axes, words), isCount };
}

/** What is wrong with a size that is none, or what the layer says about it. */
function remark(value, axes, words) {
  if (!exact.isWhole(value))
    return isExactDecimal(value) ? "not a whole number" : `${decimal(value)} is not a whole number`;
  return axes.length && value < 1n ? "nothing is left" : words;
}

/** What the letters stand for, each with its value. @param {import("./exact.mjs").Value[]} letters */
export function legend(pattern, letters) {
  return pattern.letters.map(([name, meaning], place) => `${name} = ${text(ofValue(letters[place]), [])} ${meaning}`);
}
