/** The playground: what is typed is checked, and the page, the picture and the text of a terminal follow. */

import { byId, html } from "./dom.mjs";
import { read, written } from "./link.mjs";
import { show } from "./main.mjs";

/** Milliseconds without a key before a text is checked: fewer than between two keys of whoever types, for Python answers beside the page. */
const PAUSE = 50;
const VIEWS = ["page", "picture", "terminal"];

/**
 * @param {import("./page.mjs").Page} page the page as it came @param {any} backend who answers
 * @param {(parent: Element, options: any) => any} create makes the editor
 * @param {{name: string | null, variant: string | null, saves: boolean, shares: boolean}} given
 */
export function start(page, backend, create, given) {
  const playground = new Playground(page, backend, create, given);
  playground.begin();
  return playground;
}

class Playground {
  constructor(page, backend, create, given) {
    this.page = page;
    this.backend = backend;
    this.given = given;
    this.variant = given.variant;
    this.view = "page";
    /** Grows with every change: what was asked before is not shown any longer. */
    this.turn = 0;
    this.errors = null;
    this.isBusy = false;
    this.editor = create(byId("editor"), {
      text: page.data.text,
      onChange: () => this.#changed(),
      complete: (at) => this.backend.ask("complete", { ...this.#asked, at }),
      about: (label, sort) => this.backend.ask("about", { label, sort }),
      hover: (at) => this.backend.ask("hover", { ...this.#asked, at }),
    });
    this.saved = this.editor.text;
    this.#follow();
    for (const view of VIEWS) byId(`tab-${view}`).addEventListener("click", () => this.#look(view));
    byId("tabs").addEventListener("keydown", (event) => this.#step(event));
    byId("catalogue").addEventListener("change", ({ target }) => target.value && this.#open(target.value));
    byId("variant").addEventListener("change", ({ target }) => this.#choose(target.value));
    byId("format").addEventListener("click", () => this.#format());
    byId("share").addEventListener("click", () => this.#share());
    byId("download").addEventListener("click", () => this.#download());
    byId("save").addEventListener("click", () => this.#save());
    byId("share").hidden = !given.shares;
    byId("save").hidden = !given.saves;
  }

  async begin() {
    this.#say(this.given.shares ? "starting Python, which takes some seconds" : "starting", "");
    try {
      const linked = this.given.shares ? await read(location.hash) : null;
      if (linked) {
        this.variant = linked.variant;
        this.editor.set(linked.text);
        this.#age(true);
      }
    } catch (error) {
      this.#say(`the link holds no spec that can be read (${error.message})`, "bad");
    }
    try {
      await this.backend.ready;
    } catch (error) {
      this.#say(`Python could not be started: ${error.message}`, "bad");
      return;
    }
    await this.#update();
    await this.#list();
  }

  get #asked() {
    return { text: this.editor.text, variant: this.variant, name: this.given.name };
  }

  #changed() {
    this.turn++;
    this.#mark();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#update(), PAUSE);
  }

  /** Whatever is shown is of an earlier text until the answer about this one is there. */
  #mark() {
    byId("save").disabled = this.editor.text === this.saved;
  }

  /** Ask about the text as it is now; one text at a time, and then about the newest. */
  async #update() {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      let turn;
      do {
        turn = this.turn;
        await this.#show(turn);
      } while (turn !== this.turn);
    } catch (error) {
      this.#say(error.message, "bad");
      this.#age(true);
    } finally {
      this.isBusy = false;
    }
  }

  async #show(turn) {
    const asked = this.#asked;
    const found = await this.backend.ask("check", asked);
    if (turn !== this.turn) return;
    this.variant = found.variant;
    this.#variants(found);
    this.findings = found.findings;
    this.#tell([]);
    const { data, old } = await this.backend.ask("page", { ...asked, variant: this.variant });
    if (turn !== this.turn) return;
    this.page = show(data, this.page);
    this.#follow();
    this.#look(this.view);
    const errors = found.findings.filter((one) => one.severity === "error").length;
    this.#say(errors ? `${errors} error${errors === 1 ? "" : "s"}` : "ok", errors ? "bad" : "good");
    this.#age(old);
    performance.mark("archcalc-answered");
    await this.#refresh(turn);
    if (!found.ok || found.findings.length) {
      const repairs = await this.backend.ask("repairs", { ...asked, variant: this.variant });
      if (turn === this.turn) this.#tell(repairs);
    }
  }

  /** A layer that is chosen on the page is shown in the text. */
  #follow() {
    const { page } = this;
    page.add({
      onChosen: () => {
        const at = page.network.layers[page.chosen]?.at;
        const lines = this.editor.text.split("\n");
        // The page may be one of an earlier text.
        if (!at || document.body.classList.contains("old") || at[0] > lines.length) return;
        const offset = (line, column) => lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
        this.editor.reveal(offset(at[0], at[1]), offset(at[0], at[1]));
      },
    });
  }

  #age(isOld) {
    document.body.classList.toggle("old", isOld);
    byId("aged").textContent = isOld ? "old: page and picture show the text as it was before" : "";
  }

  /** Findings below the text, each with its repairs. */
  #tell(repairs) {
    this.repairs = repairs;
    this.editor.mark(this.findings, repairs, (changes) => this.editor.change(changes));
    const rest = new Set(repairs);
    const rows = this.findings.map((finding) => {
      const own = repairs.filter((one) => one.code === finding.code && one.line === finding.line && rest.has(one));
      for (const one of own) rest.delete(one);
      return this.#finding(finding, own);
    });
    byId("told").replaceChildren(...rows, ...[...rest].map((one) => this.#offer(one)));
  }

  #finding(finding, repairs) {
    const place = finding.line ? html("button", { type: "button", class: "line-button", click: () => this.editor.reveal(finding.from, finding.to) }, `line ${finding.line}`) : "";
    const told = [finding.label, ...(finding.notes ?? []), ...(repairs.length ? [] : finding.help ?? [])].filter(Boolean);
    const more = told.length ? html("pre", {}, told.join("\n")) : "";
    const head = html("div", { class: finding.severity }, place, ` ${finding.severity} ${finding.code}: ${finding.message}`);
    return html("div", { class: "finding" }, head, more, ...repairs.map((one) => this.#offer(one)));
  }

  #offer(repair) {
    const make = html("button", { type: "button", class: "make", click: () => this.editor.change(repair.changes) }, "repair");
    const lines = repair.preview.map((line) => html("div", { class: line.startsWith("+") ? "added" : "removed" }, line));
    const harms = repair.harms.length ? html("p", { class: "warning" }, repair.harms.join("; ")) : "";
    return html("div", { class: "offer" }, make, ` ${repair.title}`, html("div", { class: "preview" }, ...lines), harms);
  }

  #variants({ variants, variant }) {
    byId("variants").hidden = !variants.length;
    byId("variant").replaceChildren(...variants.map((one) => html("option", { value: one, selected: one === variant }, one)));
    byId("variant").value = variant ?? "";
  }

  async #list() {
    const shelves = await this.backend.ask("catalogue");
    const groups = shelves.map(({ title, names }) => html("optgroup", { label: title }, ...names.map((name) => html("option", { value: name }, name))));
    byId("catalogue").append(...groups);
  }

  async #open(name) {
    await this.#attempt(async () => {
      const text = await this.backend.ask("open", { name });
      this.variant = null;
      this.editor.set(text);
    });
  }

  #choose(variant) {
    this.variant = variant;
    this.#changed();
  }

  async #format() {
    await this.#attempt(async () => {
      const turn = this.turn;
      const text = await this.backend.ask("format", this.#asked);
      if (turn === this.turn && text !== this.editor.text) this.editor.set(text);
    });
  }

  async #share() {
    await this.#attempt(async () => {
      const address = `${location.href.split("#")[0]}#${await written(this.editor.text, this.variant)}`;
      history.replaceState(null, "", address);
      await navigator.clipboard?.writeText(address).catch(() => {});
      this.#say("the link stands in the address bar, with the whole text in it; nothing was sent", "good");
    });
  }

  #download() {
    const address = URL.createObjectURL(new Blob([this.editor.text], { type: "application/yaml" }));
    html("a", { href: address, download: this.given.name ?? "net.yaml" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  async #save() {
    await this.#attempt(async () => {
      const { text } = this.editor;
      await this.backend.save(text);
      this.saved = text;
      this.#mark();
      this.#say("saved", "good");
    });
  }

  async #attempt(work) {
    try {
      await work();
    } catch (error) {
      this.#say(error.message, "bad");
    }
  }

  #say(text, kind) {
    byId("playing").textContent = text;
    byId("playing").className = kind;
  }

  #step(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = VIEWS[(VIEWS.indexOf(this.view) + by + VIEWS.length) % VIEWS.length];
    this.#look(next);
    byId(`tab-${next}`).focus();
    event.preventDefault();
  }

  #look(view) {
    const isOther = view !== this.view;
    this.view = view;
    for (const one of VIEWS) {
      byId(one).hidden = one !== view;
      byId(`tab-${one}`).setAttribute("aria-selected", String(one === view));
      byId(`tab-${one}`).tabIndex = one === view ? 0 : -1;
    }
    if (isOther) this.#attempt(() => this.#refresh(this.turn));
  }

  /** Ask for what the view shows, unless that is the page, which is always asked for. */
  async #refresh(turn) {
    if (this.view === "page") return;
    const view = byId(this.view);
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    try {
      if (this.view === "terminal") {
        const width = Math.max(40, Math.min(400, Math.floor((view.clientWidth - 26) / 7.6)));
        const text = await this.backend.ask("terminal", { ...this.#asked, width });
        if (turn === this.turn) view.textContent = text;
      } else {
        const { svg } = await this.backend.ask("picture", { ...this.#asked, dark: isDark });
        // An image runs no script, whatever it holds.
        const source = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
        if (turn === this.turn) view.replaceChildren(html("img", { src: source, alt: `picture of ${this.page.data.title}` }));
      }
    } catch (error) {
      if (turn !== this.turn) return;
      this.#age(view.childNodes.length > 0);
      if (!view.childNodes.length) view.replaceChildren(html("p", {}, error.message));
    }
  }
}
