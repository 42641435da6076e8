/** Keeps a page up to date with a file: asks for the next state, shows it, and sends the repairs that are clicked. */

import { byId, html } from "./dom.mjs";
import { show } from "./main.mjs";

/** Milliseconds before an answer is asked for again that did not come. */
const PAUSE = 1000;

/** Show every state of the file in the place of what is shown. @param {import("./page.mjs").Page} page */
export async function follow(page) {
  const token = new URLSearchParams(location.search).get("token") ?? "";
  // What stands in the address can be seen by whoever looks over a shoulder, and is kept in the history.
  history.replaceState(null, "", location.pathname);
  const ask = (path, options = {}) => fetch(path, { ...options, headers: { "X-Archcalc-Token": token }, cache: "no-store" });
  const live = new Live(page, ask);
  let serial = 0;
  for (;;) {
    try {
      const answer = await ask(`/state?after=${serial}`);
      if (answer.status === 200) {
        const state = await answer.json();
        serial = state.serial;
        live.show(state);
      } else if (answer.status !== 204) throw new Error((await answer.json()).message);
    } catch (error) {
      live.lost(error);
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }
}

class Live {
  constructor(page, ask) {
    this.page = page;
    this.ask = ask;
    this.text = page.data.text;
  }

  /** @param {{serial: number, data: any, old: boolean, repairs: any[] | null}} state */
  show(state) {
    // The second state of a text only brings its repairs.
    if (state.data.text !== this.text) {
      this.page = show(state.data, this.page);
      this.text = state.data.text;
    }
    document.body.classList.toggle("old", state.old);
    const errors = state.data.diagnostics.filter((one) => one.severity === "error").length;
    const found = errors ? `${errors} error${errors === 1 ? "" : "s"}` : "ok";
    const kept = state.old ? "; below is the network as it was before" : "";
    this.#say(`${state.data.file}: ${found}${kept}`, errors ? "bad" : "good");
    this.#offer(state);
  }

  lost(error) {
    this.#say(`no answer from archcalc watch, which may have ended (${error.message})`, "bad");
    for (const button of byId("repairs").querySelectorAll("button")) button.disabled = true;
  }

  #say(text, kind) {
    byId("watching").textContent = text;
    byId("watching").className = kind;
  }

  #offer({ serial, repairs }) {
    const rows = (repairs ?? []).map((repair, number) => this.#repair(repair, () => this.#make(serial, number)));
    byId("repairs").replaceChildren(...rows);
  }

  #repair(repair, make) {
    const button = html("button", { type: "button" }, "write");
    button.addEventListener("click", make);
    const lines = repair.preview.map((line) => html("div", { class: line.startsWith("+") ? "added" : "removed" }, line));
    const harms = repair.harms.length ? html("p", { class: "warning" }, repair.harms.join("; ")) : "";
    const title = `line ${repair.line}, ${repair.code}: ${repair.title}`;
    return html("div", { class: "repair" }, html("p", {}, button, ` ${title}`), html("div", { class: "preview" }, ...lines), harms);
  }

  async #make(serial, repair) {
    try {
      const answer = await this.ask("/repair", { method: "POST", body: JSON.stringify({ serial, repair }) });
      if (!answer.ok) this.#say((await answer.json()).message, "bad");
    } catch (error) {
      this.lost(error);
    }
  }
}
