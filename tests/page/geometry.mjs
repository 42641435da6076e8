// What is wrong with where boxes and edges of graphs stand: JSON on standard input, JSON on standard output.
import { readFileSync } from "node:fs";
import { layout } from "../../archcalc/page/front/layout.mjs";
import { Network } from "../../archcalc/page/front/network.mjs";
import { Tree } from "../../archcalc/page/front/tree.mjs";

const TOUCH = 0.5;

const edgesOf = ({ x, y, width, height }) => ({ left: x, right: x + width, top: y, bottom: y + height });

/** Whether the insides of two areas meet; one of them may be a line. */
const meet = (a, b) =>
  Math.max(a.left, b.left + TOUCH) < Math.min(a.right, b.right - TOUCH) + (a.left === a.right ? 1e-6 : 0) &&
  Math.max(a.top, b.top + TOUCH) < Math.min(a.bottom, b.bottom - TOUCH) + (a.top === a.bottom ? 1e-6 : 0);

function isWithin(item, scope) {
  for (let one = item; one; one = one.parent) if (one === scope) return true;
  return false;
}

function wrong(tree) {
  const { boxes, frames, edges } = layout(tree);
  const found = [];
  const sorted = [...boxes].sort((a, b) => a.y - b.y);
  sorted.forEach((box, at) => {
    for (let next = at + 1; next < sorted.length && sorted[next].y < box.y + box.height; next++)
      if (meet(edgesOf(box), edgesOf(sorted[next]))) found.push(`${box.item.name} lies on ${sorted[next].item.name}`);
  });
  for (const frame of frames) {
    const area = edgesOf(frame);
    for (const box of [...boxes, ...frames]) {
      const own = edgesOf(box);
      const isInside = own.left >= area.left && own.right <= area.right && own.top >= area.top && own.bottom <= area.bottom;
      if (isWithin(box.item, frame.item) !== isInside) found.push(`${box.item.name} and the frame ${frame.item.name}`);
    }
  }
  for (const { points, from, to } of edges)
    for (let at = 1; at < points.length; at++) {
      const [[x1, y1], [x2, y2]] = [points[at - 1], points[at]];
      // Between rows an edge may bend: all of it lies in the area between its ends.
      const piece = { left: Math.min(x1, x2), right: Math.max(x1, x2), top: Math.min(y1, y2), bottom: Math.max(y1, y2) };
      for (const box of sorted) {
        if (box.y > piece.bottom) break;
        if (meet(piece, edgesOf(box))) found.push(`${from.name} to ${to?.name ?? "a frame"} runs through ${box.item.name}`);
      }
      for (const frame of frames)
        if (!isWithin(from, frame.item) && !(to && isWithin(to, frame.item)) && meet(piece, edgesOf(frame)))
          found.push(`${from.name} to ${to?.name ?? "a frame"} runs through the frame ${frame.item.name}`);
    }
  return { wrong: found, boxes: boxes.length, edges: edges.length, ...lost(tree, boxes, frames, edges) };
}

/** Whether each box that reads another one has an edge that ends there. */
function lost(tree, boxes) {
  const seen = new Set(boxes.map(({ item }) => item));
  const shown = (item) => {
    let found = null;
    for (let one = item; one; one = one.parent) if (seen.has(one)) found = one;
    return found;
  };
  const needed = new Set(tree.links.map(([from, to]) => [shown(from), shown(to)]).filter(([a, b]) => a !== b).map(([, to]) => to));
  const reached = new Set(layout(tree).edges.filter(({ ends }) => ends).map(({ to }) => to));
  return { lost: [...needed].filter((item) => !reached.has(item)).map(({ name }) => name) };
}

const answers = JSON.parse(readFileSync(0, "utf8")).map((data) => {
  const tree = new Tree(new Network(data));
  const atStart = wrong(tree);
  tree.setAll(true);
  const open = wrong(tree);
  tree.setAll(false);
  return { start: atStart, open, closed: wrong(tree) };
});
process.stdout.write(JSON.stringify(answers));
