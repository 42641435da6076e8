/** The worker of a folder: its files stand beside it. */

import { loadPyodide } from "./pyodide.mjs";
import { answering, failed, serve } from "./serving.mjs";

try {
  const archive = fetch("./archcalc.zip").then((answer) => {
    if (!answer.ok) throw new Error(`archcalc.zip: ${answer.status} ${answer.statusText}`);
    return answer.arrayBuffer();
  });
  const python = await loadPyodide({ indexURL: "./" });
  serve(answering(python, await archive));
} catch (error) {
  failed(error);
}
