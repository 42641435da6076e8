/** Elements. Whatever comes from a spec goes in as text: there is no way here to write markup. */

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

/**
 * @param {Element} element
 * @param {Record<string, any>} attributes a function is called at the event of its name
 * @returns {any}
 */
function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** An element of HTML; children are elements or text. */
export const html = (tag, attributes = {}, ...children) => dressed(document.createElement(tag), attributes, children);

/** An element of SVG; children are elements or text. */
export const svg = (tag, attributes = {}, ...children) =>
  dressed(document.createElementNS(SVG, tag), attributes, children);

/** An element of MathML; children are elements or text. */
export const mathml = (tag, attributes = {}, ...children) =>
  dressed(document.createElementNS(MATHML, tag), attributes, children);

/** The element of the page with an id. @returns {any} */
export const byId = (id) => document.getElementById(id);

/** A text that is cut where it is longer than so many characters. */
export const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Calls a function at most once for each picture that the browser draws. */
export function oncePerFrame(work) {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      work();
    });
  };
}
