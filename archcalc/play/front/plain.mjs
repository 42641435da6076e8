/** The editor that every browser has: a field for text. Findings and repairs stand below it. */

import { html } from "./dom.mjs";

/** @param {Element} parent @param {{text: string, onChange: () => void}} options */
export function create(parent, { text, onChange }) {
  const field = html("textarea", { spellcheck: "false", autocapitalize: "off", "aria-label": "text of the spec", input: onChange });
  field.value = text;
  parent.append(field);
  return {
    get text() {
      return field.value;
    },
    /** Another text. @param {string} text */
    set(text) {
      field.value = text;
      onChange();
    },
    /** @param {{from: number, to: number, insert: string}[]} changes */
    change(changes) {
      for (const { from, to, insert } of [...changes].sort((one, other) => other.from - one.from)) {
        field.setRangeText(insert, from, to, "end");
      }
      onChange();
    },
    /** Findings are not underlined here. */
    mark() {},
    /** Show a place. @param {number} from @param {number} to */
    reveal(from, to) {
      const line = field.value.slice(0, from).split("\n").length;
      field.setSelectionRange(from, to);
      field.scrollTop = (line - 4) * (field.scrollHeight / field.value.split("\n").length);
      field.focus();
    },
  };
}
