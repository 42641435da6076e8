/** Who answers: archcalc on this machine, or archcalc in a worker of the browser. Both are asked with the same messages. */

/** Numbers questions, and gives each its answer. */
class Backend {
  constructor() {
    this.id = 0;
    this.waiting = new Map();
  }

  /** @param {string} kind @param {object} fields @returns {Promise<any>} the result; an error says why there is none */
  ask(kind, fields = {}) {
    const message = { id: ++this.id, kind, ...fields };
    return new Promise((done, fail) => {
      this.waiting.set(message.id, { done, fail });
      this.send(message);
    });
  }

  /** @param {{id: number, result?: any, error?: string}} answer */
  answered(answer) {
    const asked = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.error === undefined) asked?.done(answer.result);
    else asked?.fail(new Error(answer.error));
  }

  /** Nobody will answer any longer. @param {string} reason */
  lost(reason) {
    for (const { fail } of this.waiting.values()) fail(new Error(reason));
    this.waiting.clear();
  }
}

/** The server that the page comes from. */
export class Native extends Backend {
  constructor() {
    super();
    this.token = new URLSearchParams(location.search).get("token") ?? "";
    // What stands in the address can be seen by whoever looks over a shoulder, and is kept in the history.
    history.replaceState(null, "", location.pathname);
    this.ready = Promise.resolve();
  }

  async send(message) {
    try {
      this.answered(await this.post("/ask", message));
    } catch (error) {
      this.answered({ id: message.id, error: `no answer from archcalc play, which may have ended (${error.message})` });
    }
  }

  /** Write the text into the file that was named. @param {string} text */
  save(text) {
    return this.post("/save", { text });
  }

  async post(path, value) {
    const headers = { "X-Archcalc-Token": this.token };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(value), cache: "no-store" });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.message);
    return found;
  }
}

/** Python in a worker. */
export class Browser extends Backend {
  /** @param {{listen: (hear: (data: any) => void) => void, post: (message: string) => void}} worker begun before */
  constructor(worker) {
    super();
    this.worker = worker;
    this.ready = new Promise((done, fail) => {
      worker.listen((data) => {
        if (data.failed !== undefined) {
          fail(new Error(data.failed));
          this.lost(data.failed);
        } else if (data.ready) done();
        else this.answered(JSON.parse(data.answer));
      });
    });
  }

  async send(message) {
    try {
      await this.ready;
      this.worker.post(JSON.stringify(message));
    } catch (error) {
      this.answered({ id: message.id, error: error.message });
    }
  }
}
