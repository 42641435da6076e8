/** The worker of a folder: its files stand beside it. */

import { failed, serve } from "./serving.mjs";

self.addEventListener("unhandledrejection", ({ reason }) => failed(reason));

/** @param {string} name */
async function file(name) {
  const answer = await fetch(`./${name}`);
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return answer;
}

/** @param {string} name */
function module(name) {
  const address = `./${name}`;
  return import(address);
}

serve(file, module, "./").catch(failed);
