/** Starts Python where it comes from: a folder beside the page, or the page itself. */

import { byId } from "./dom.mjs";

/** A worker whose files stand in the folder of the page. */
export function fromFolder() {
  if (location.protocol === "file:") throw new Error("this folder needs a web server; `archcalc play --one-file` makes a page for a disk");
  return new Worker("worker.mjs", { type: "module" });
}

/** A worker whose files stand in the page. */
export function fromPage() {
  const program = new Blob([byId("worker").textContent], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(program));
  const files = {};
  for (const element of document.querySelectorAll("script[data-file]")) {
    files[element.dataset.file] = bytes(element.textContent);
    element.remove();
  }
  worker.postMessage(files, Object.values(files).map((one) => one.buffer));
  return worker;
}

function bytes(letters) {
  const text = atob(letters);
  const found = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) found[at] = text.charCodeAt(at);
  return found;
}
