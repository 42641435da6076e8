/**
 * Exact arithmetic. A value is a BigInt where it is whole, and a Fraction where it is not; no number is rounded.
 *
 * @typedef {bigint | Fraction} Value
 */

/** A number that is not whole, in lowest terms, with a denominator above 1. */
export class Fraction {
  /** @param {bigint} numerator @param {bigint} denominator */
  constructor(numerator, denominator) {
    this.numerator = numerator;
    this.denominator = denominator;
  }
}

/** @param {bigint} a @param {bigint} b */
function commonDivisor(a, b) {
  if (a < 0n) a = -a;
  while (b) [a, b] = [b, a % b];
  return a;
}

/** The value of a quotient; the divisor is not 0. @param {bigint} above @param {bigint} below @returns {Value} */
export function quotient(above, below) {
  if (below < 0n) [above, below] = [-above, -below];
  if (above % below === 0n) return above / below;
  const common = commonDivisor(above, below);
  return new Fraction(above / common, below / common);
}

/** @param {Value} value */
const above = (value) => (typeof value === "bigint" ? value : value.numerator);
/** @param {Value} value */
const below = (value) => (typeof value === "bigint" ? 1n : value.denominator);

/** @param {Value} value */
export const isWhole = (value) => typeof value === "bigint";

/** @param {Value} a @param {Value} b @returns {Value} */
export const add = (a, b) => quotient(above(a) * below(b) + above(b) * below(a), below(a) * below(b));
/** @param {Value} a @returns {Value} */
export const negative = (a) => (typeof a === "bigint" ? -a : new Fraction(-a.numerator, a.denominator));
/** @param {Value} a @param {Value} b @returns {Value} */
export const multiply = (a, b) => quotient(above(a) * above(b), below(a) * below(b));
/** @param {Value} a @param {Value} b @returns {Value} */
export const divide = (a, b) => quotient(above(a) * below(b), below(a) * above(b));
/** @param {Value} a @param {bigint} exponent @returns {Value} */
export const power = (a, exponent) =>
  exponent < 0n
    ? quotient(below(a) ** -exponent, above(a) ** -exponent)
    : quotient(above(a) ** exponent, below(a) ** exponent);

/** Below 0, 0 or above 0. @param {Value} a @param {Value} b */
export function compare(a, b) {
  const difference = above(a) * below(b) - above(b) * below(a);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The largest whole number that is not larger: BigInt rounds towards 0. @param {Value} value */
export function floor(value) {
  const whole = above(value) / below(value);
  return typeof value === "bigint" || value.numerator >= 0n ? whole : whole - 1n;
}

/** @param {Value} value */
export const ceil = (value) => -floor(negative(value));

/** @param {Value[]} values */
export const least = (values) => values.reduce((a, b) => (compare(a, b) <= 0 ? a : b));
/** @param {Value[]} values */
export const greatest = (values) => values.reduce((a, b) => (compare(a, b) >= 0 ? a : b));

/**
 * The forms of a network: polynomials over atoms, which are sizes, roundings, minima and maxima.
 *
 * As data, a form is an integer or `[denominator, [coefficient, atom, exponent, ...], ...]`; integers that a number
 * does not hold are texts.
 */
export class Forms {
  /** @param {any[]} forms @param {any[]} atoms each behind those inside of it */
  constructor(forms, atoms) {
    this.forms = forms.map((form) =>
      Array.isArray(form)
        ? {
            denominator: BigInt(form[0]),
            terms: form.slice(1).map(([coefficient, ...factors]) => ({
              coefficient: BigInt(coefficient),
              factors: factors.map((part, place) => (place % 2 ? BigInt(part) : part)),
            })),
          }
        : BigInt(form),
    );
    this.atoms = atoms.map(([kind, what, divisor]) => ({
      kind,
      what,
      divisor: kind === "floor" ? BigInt(divisor) : 1n,
    }));
  }

  /** The values of all forms. @param {Record<string, bigint>} sizes @returns {Value[]} */
  at(sizes) {
    /** @type {Value[]} */
    const atoms = [];
    for (const atom of this.atoms) atoms.push(this.#atom(atom, sizes, atoms));
    return this.forms.map((form) => this.#value(form, atoms));
  }

  /** @returns {Value} */
  #atom({ kind, what, divisor }, sizes, atoms) {
    if (kind === "symbol") return sizes[what];
    const of = (place) => this.#value(this.forms[place], atoms);
    if (kind === "floor") return floor(divide(of(what), divisor));
    return (kind === "min" ? least : greatest)(what.map(of));
  }

  /** @returns {Value} */
  #value(form, atoms) {
    if (typeof form === "bigint") return form;
    /** @type {Value} */
    let sum = 0n;
    for (const { coefficient, factors } of form.terms) {
      /** @type {Value} */
      let product = coefficient;
      for (let place = 0; place < factors.length; place += 2) {
        const factor = atoms[factors[place]];
        const exponent = factors[place + 1];
        product =
          typeof factor === "bigint" && typeof product === "bigint"
            ? product * factor ** exponent
            : multiply(product, power(factor, exponent));
      }
      sum = typeof sum === "bigint" && typeof product === "bigint" ? sum + product : add(sum, product);
    }
    return divide(sum, form.denominator);
  }
}

/** An integer with commas between thousands, a fraction as such. @param {Value} value */
export function grouped(value) {
  if (typeof value !== "bigint") return `${value.numerator}/${value.denominator}`;
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A value without commas, as sizes are written. @param {Value} value */
export const plain = (value) =>
  typeof value === "bigint" ? value.toString() : `${value.numerator}/${value.denominator}`;
