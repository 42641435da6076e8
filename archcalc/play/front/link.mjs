/** A text in the part of an address that no browser sends anywhere: behind the #. */

/** A text that is longer than this many characters comes from nobody who wrote a spec. */
const LONGEST = 1 << 20;

/** @param {string} text @param {string | null} variant @returns {Promise<string>} what stands behind the # */
export async function written(text, variant) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const safe = letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${variant === null ? "" : `variant=${encodeURIComponent(variant)}&`}spec=${safe}`;
}

/** @param {string} hash @returns {Promise<{text: string, variant: string | null} | null>} null where there is no spec */
export async function read(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const spec = parts.get("spec");
  if (spec === null) return null;
  const bytes = Uint8Array.from(atob(spec.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    if (text.length > LONGEST) throw new Error("the text in the link is too long");
  }
  return { text, variant: parts.get("variant") };
}
