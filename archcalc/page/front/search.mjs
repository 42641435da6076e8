/** Search in the graph: the layers whose names or kinds have a text in them, one after the other. */

import { byId } from "./dom.mjs";

export class SearchView {
  /** @param {import("./page.mjs").Page} page */
  constructor(page) {
    this.page = page;
    this.field = byId("search");
    this.at = -1;
    this.found = [];
    this.field.addEventListener("input", () => this.#look());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !this.found.length) return;
      event.preventDefault();
      this.#go(event.shiftKey ? -1 : 1);
    });
  }

  #look() {
    const wanted = this.field.value.trim().toLowerCase();
    const { layers } = this.page.network;
    const fits = ({ name, kind }) => `${name} ${kind}`.toLowerCase().includes(wanted);
    this.found = wanted ? this.page.places.filter((place) => fits(layers[place])) : [];
    this.at = -1;
    byId("hits").textContent = !wanted ? "" : this.found.length ? `${this.found.length} found, Enter goes on` : "not found";
    if (this.found.length) this.#go(1);
  }

  #go(by) {
    this.at = (this.at + by + this.found.length) % this.found.length;
    this.page.choose(this.found[this.at]);
    byId("hits").textContent = `${this.at + 1} of ${this.found.length}`;
  }
}
