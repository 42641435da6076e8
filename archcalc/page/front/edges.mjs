/** How edges are drawn: straight pieces with round corners, and curves between neighbouring rows. */

import { svg } from "./dom.mjs";

const ROUNDING = 7;

/** The area of points; that of a line is as wide as its stroke. */
export function around(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs) - 1, Math.min(...ys) - 1];
  return { x, y, width: Math.max(...xs) - x + 1, height: Math.max(...ys) - y + 1 };
}

/** The path of an edge: straight pieces with round corners; between neighbouring rows a curve. */
export function edge({ points, isNamed, isCurve, isSkip, ends }) {
  const d = isCurve ? curved(points) : rounded(points);
  const found = svg("path", { class: `${isSkip ? "skip" : ""}${isNamed ? " named" : ""}`, d });
  if (ends) found.setAttribute("marker-end", "url(#tip)");
  return found;
}

function curved([[x1, y1], [, y2], [x3, y3], [, y4]]) {
  if (x1 === x3) return `M${x1} ${y1}V${y4}`;
  const middle = (y2 + y3) / 2;
  return `M${x1} ${y1}V${y2}C${x1} ${middle} ${x3} ${middle} ${x3} ${y3}V${y4}`;
}

function rounded(points) {
  const [[x, y]] = points;
  let d = `M${x} ${y}`;
  for (let at = 1; at < points.length - 1; at++) {
    const [before, corner, behind] = [points[at - 1], points[at], points[at + 1]];
    const [start, end] = [towards(corner, before), towards(corner, behind)];
    d += `L${start[0]} ${start[1]}Q${corner[0]} ${corner[1]} ${end[0]} ${end[1]}`;
  }
  const [toX, toY] = points.at(-1);
  return `${d}L${toX} ${toY}`;
}

/** The point of a line where the rounding of its corner begins. */
function towards([x, y], [toX, toY]) {
  const length = Math.hypot(toX - x, toY - y);
  const part = length ? Math.min(ROUNDING, length / 2) / length : 0;
  return [x + (toX - x) * part, y + (toY - y) * part];
}
