/** Starts Python before the page is read: a worker that loads meanwhile, and is heard when somebody listens. */

/** A worker, and what it has said so far. */
class Ahead {
  /** @param {Worker | null} worker @param {object[]} said */
  constructor(worker, said = []) {
    this.worker = worker;
    this.said = said;
    this.hear = (data) => this.said.push(data);
    worker?.addEventListener("message", ({ data }) => this.hear(data));
    worker?.addEventListener("error", ({ message }) => this.hear({ failed: message || "the worker could not be loaded" }));
  }

  /** @param {(data: any) => void} hear is told what was said, and what will be */
  listen(hear) {
    this.hear = hear;
    this.said.splice(0).forEach(hear);
  }

  /** @param {any} message */
  post(message) {
    this.worker?.postMessage(message);
  }

  /** A file of the page, as letters, as soon as it was read: the element in front of a script. @param {Element} script */
  take(script) {
    const element = script.previousElementSibling;
    this.post({ name: element.dataset.file, letters: element.textContent });
    element.remove();
    script.remove();
  }
}

/** A worker whose files stand in the folder of the page. */
export function fromFolder() {
  if (location.protocol === "file:") {
    return new Ahead(null, [{ failed: "this folder needs a web server; `archcalc play --one-file` makes a page for a disk" }]);
  }
  return new Ahead(new Worker("worker.mjs", { type: "module" }));
}

/** A worker whose files stand in the page. */
export function fromPage() {
  const program = new Blob([document.getElementById("worker").textContent], { type: "text/javascript" });
  return new Ahead(new Worker(URL.createObjectURL(program)));
}
