/** Python in a worker: archcalc is unpacked and imported, then every message is answered. */

/** @param {any} python Pyodide @param {ArrayBuffer} archive all files of Python @returns {(message: string) => string} */
export function answering(python, archive) {
  python.unpackArchive(new Uint8Array(archive), "zip", { extractDir: "/archcalc" });
  python.runPython("import sys; sys.path[:0] = ['/archcalc', '/archcalc/later.zip']");
  return python.runPython("from archcalc.play.answers import Answers\nAnswers().answered");
}

/** Answer what the page asks. @param {(message: string) => string} answer */
export function serve(answer) {
  onmessage = ({ data }) => postMessage({ answer: answer(data) });
  postMessage({ ready: true });
}

/** Say why there is no Python. */
export function failed(error) {
  postMessage({ failed: String(error?.message ?? error) });
}
