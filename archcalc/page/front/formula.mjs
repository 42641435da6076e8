/** Formulas as MathML, which browsers set and read aloud; each says its text as well. */

import { mathml } from "./dom.mjs";
import { write } from "./work.mjs";

const TIMES = "\u2062";
const ROUNDED = { floor: ["⌊", "⌋"], ceil: ["⌈", "⌉"] };

const sign = (text) => mathml("mo", {}, text);
const row = (...parts) => mathml("mrow", {}, ...parts);

const NOTATION = {
  letter(name) {
    const [letter, index] = name.split("_");
    return index ? mathml("msub", {}, mathml("mi", {}, letter), mathml("mi", {}, index)) : mathml("mi", {}, name);
  },
  number: (digits) => mathml("mn", {}, digits),
  ratio: (above, below) => mathml("mfrac", {}, mathml("mn", {}, above), mathml("mn", {}, below)),
  negative: (operand) => row(sign("−"), operand),
  sum: (left, operation, right) => row(left, sign(operation === "-" ? "−" : "+"), right),
  product: (left, right, joins) => row(left, sign(joins ? TIMES : "·"), right),
  quotient: (above, below) => mathml("mfrac", {}, above, below),
  power: (base, exponent) => mathml("msup", {}, base, exponent),
  call(name, operands) {
    const listed = operands.flatMap((operand, at) => (at ? [sign(","), operand] : [operand]));
    const [open, close] = ROUNDED[name] ?? ["(", ")"];
    const inside = row(sign(open), ...listed, sign(close));
    return name in ROUNDED ? inside : row(mathml("mi", {}, name), inside);
  },
  parentheses: (inside) => row(sign("("), inside, sign(")")),
  hasBar: true,
};

/** A term of shown work. @param {any} tree a formula, `{name}` or `{digits}` @param {string} text what it says */
export function math(tree, text, names) {
  let inside;
  if (tree?.name) inside = NOTATION.letter(tree.name);
  else if (tree?.digits) inside = NOTATION.number(tree.digits);
  else inside = write(tree, names, NOTATION);
  return mathml("math", { displaystyle: "true", alttext: text }, inside);
}
