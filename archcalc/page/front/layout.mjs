/**
 * Where boxes, frames and edges of a graph stand.
 *
 * Every unfolded scope is laid out by itself, inner ones first. Its children stand in rows, each below what it reads.
 * Between rows are channels, right of them lanes; an edge runs in those alone, so that it runs through no box. Maps
 * that enter an unfolded scope or leave it do so at ports of its frame, and are routed inside as edges of that scope.
 */

/** Sizes of boxes and of what is between them. */
export const BOX = { width: 168, height: 38 };
const GAP = 18;
const CHANNEL = 22;
const HEAD = 20;
const PADDING = 12;
const LANE = 9;
const TRACK = 6;
const PORT = 16;

/**
 * @typedef {{item: import("./tree.mjs").Item, x: number, y: number, width: number, height: number}} Place
 * @typedef {{points: [number, number][], isNamed: boolean, isCurve: boolean, isSkip: boolean, ends: boolean, from: Item, to: Item}} Edge
 * `ends` says whether it ends at a box; others go on in a frame.
 * @typedef {import("./tree.mjs").Item} Item
 */

/** @param {import("./tree.mjs").Tree} tree @returns {{boxes: Place[], frames: Place[], edges: Edge[], width: number, height: number}} */
export function layout(tree) {
  const scopes = wired(tree);
  const root = place(tree.root, scopes);
  const found = { boxes: [], frames: [], edges: [], width: root.width, height: root.height };
  collect(root, 0, 0, found);
  return found;
}

/** An unfolded scope with the edges in it, and the maps that enter and leave it. */
class Scope {
  constructor(item) {
    this.item = item;
    /** @type {Map<Item, number>} the maps that enter, by the layer that writes them */
    this.entries = new Map();
    this.exits = new Map();
    /** @type {Map<string, any>} */
    this.edges = new Map();
  }

  /** An edge from a child, or from outside (null), to a child, or to outside. */
  link(from, to, source, isNamed) {
    if (!from && !this.entries.has(source)) this.entries.set(source, this.entries.size);
    if (!to && !this.exits.has(source)) this.exits.set(source, this.exits.size);
    const key = `${from?.name ?? ""} ${to?.name ?? ""} ${to?.isOutput ?? ""} ${source.name} ${isNamed}`;
    if (!this.edges.has(key)) this.edges.set(key, { from, to, source, isNamed });
  }
}

/** The edges of each unfolded scope. @returns {Map<Item, Scope>} */
function wired(tree) {
  const scopes = new Map();
  for (const item of [tree.root, ...tree.seen()]) if (item.isOpen) scopes.set(item, new Scope(item));
  for (const [source, reader, isNamed] of tree.links) {
    const [out, into] = [upwards(source), upwards(reader)];
    // The last of both that is the same is the scope in which they meet.
    while (out.length > 1 && into.length > 1 && out.at(-2) === into.at(-2)) {
      out.pop();
      into.pop();
    }
    const [a, b] = [shown(out), shown(into)];
    if (out.length < 2 || into.length < 2 || !out.at(-1).isOpen) continue;
    for (let place = a; place < out.length - 2; place++) scopes.get(out[place + 1])?.link(out[place], null, source, isNamed);
    scopes.get(out.at(-1)).link(out.at(-2), into.at(-2), source, isNamed);
    for (let place = into.length - 3; place >= b; place--) scopes.get(into[place + 1])?.link(null, into[place], source, isNamed);
  }
  return scopes;
}

/** An item and what it stands in, up to the network. @returns {Item[]} */
function upwards(item) {
  const found = [];
  for (let one = item; one; one = one.parent) found.push(one);
  return found;
}

/** Of an item and what it stands in, the place of the box that is seen: the outermost that is folded. */
function shown(items) {
  for (let place = items.length - 1; place >= 0; place--) if (!items[place].isOpen) return place;
  return 0;
}

/** A scope with its children placed, in its own coordinates. */
function place(item, scopes) {
  const scope = scopes.get(item);
  const nodes = item.children.map((child, order) => node(child, order, scopes));
  const byItem = new Map(nodes.map((one) => [one.item, one]));
  const edges = [...scope.edges.values()].map((edge) => ({
    ...edge,
    start: edge.from && byItem.get(edge.from),
    end: edge.to && byItem.get(edge.to),
  }));
  const rows = ranked(nodes, edges);
  const extent = spread(rows);
  const entryAt = ports(scope.entries, extent.right);
  const exitAt = ports(scope.exits, extent.right);
  const ends = (edge) => {
    const above = edge.start ? edge.start.rank : -1;
    const below = edge.end ? edge.end.rank : rows.length;
    const x = edge.start ? edge.start.x + edge.start.exit(edge.source) : entryAt(edge.source);
    const to = edge.end ? edge.end.x + edge.end.entry(edge.source) : exitAt(edge.source);
    return { above, below, x, to };
  };
  /** @type {any[]} */
  const routes = edges.map((edge) => ({ edge, ...ends(edge) }));
  const skips = lanes(routes.filter((route) => route.below !== route.above + 1), rows);
  const channels = tracks(skips, rows.length);
  // Nothing enters the network from above, or leaves it below.
  if (!item.parent) channels[0] = channels[rows.length] = 0;
  const right = Math.max(extent.right, ...skips.map((route) => route.lane.x + TRACK));
  const shift = PADDING - extent.left;
  let y = item.parent ? HEAD : PADDING;
  const tops = [y];
  rows.forEach((row, rank) => {
    row.top = y + channels[rank];
    row.height = Math.max(...row.map((one) => one.height));
    y = row.top + row.height;
    tops.push(y);
  });
  const height = y + channels[rows.length] + (item.parent ? 0 : PADDING);
  const bottoms = [...rows.map((row) => row.top), height];
  for (const one of nodes) [one.x, one.y] = [one.x + shift, rows[one.rank].top];
  const placed = {
    item,
    width: right - extent.left + 2 * PADDING,
    height,
    column: shift,
    nodes,
    edges: routes.map((route) => ({
      points: points(route, { tops, bottoms, shift, height }),
      isNamed: route.edge.isNamed,
      isCurve: !route.lane,
      isSkip: Boolean(route.lane) && route.lane.x !== route.x,
      ends: Boolean(route.edge.end) && !route.edge.end.inside,
      from: route.edge.source,
      to: route.edge.to,
    })),
    entry: (source) => shift + entryAt(source),
    exit: (source) => shift + exitAt(source),
  };
  return placed;
}

/** A child of a scope: a box, or an unfolded scope that is placed already. */
function node(item, order, scopes) {
  const inside = item.isOpen ? place(item, scopes) : null;
  const middle = BOX.width / 2;
  return {
    item,
    order,
    inside,
    width: inside ? inside.width : BOX.width,
    height: inside ? inside.height : BOX.height,
    column: inside ? inside.column : middle,
    entry: inside ? inside.entry : () => middle,
    exit: inside ? inside.exit : () => middle,
    rank: 0,
    length: 1,
    x: 0,
    y: 0,
    before: [],
    behind: [],
  };
}

/**
 * Rows of children: each one row below the lowest that it reads. What a later child writes does not count, and what
 * reads nothing stands above its first reader.
 */
function ranked(nodes, edges) {
  for (const { start, end } of edges)
    if (start && end && start.order < end.order && !end.before.includes(start)) {
      end.before.push(start);
      start.behind.push(end);
    }
  const rows = [];
  for (const one of nodes) one.rank = Math.max(-1, ...one.before.map((other) => other.rank)) + 1;
  for (const one of nodes)
    if (one.item.isSource && one.behind.length) one.rank = Math.min(...one.behind.map((other) => other.rank)) - 1;
  for (const one of nodes) (rows[one.rank] ??= []).push(one);
  for (const one of [...nodes].reverse()) one.length = 1 + Math.max(0, ...one.behind.map((other) => other.length));
  return rows;
}

/** Gives the children of all rows their x: the longest chain that reads something stands in the column 0. */
function spread(rows) {
  let main = null;
  let [left, right] = [-BOX.width / 2, BOX.width / 2];
  for (const row of rows) {
    const next = main ? main.behind.filter((one) => row.includes(one)) : [];
    const fitting = (next.length ? next : row).filter((one) => !one.item.isSource);
    const here = fitting.length ? fitting.reduce((a, b) => (b.length > a.length ? b : a)) : null;
    main = here ?? main;
    for (const one of row) {
      const near = one.before.filter((other) => other.rank === one.rank - 1);
      const wanted = (near.length ? near : one.before).map((other) => other.x + other.column);
      one.wish = one === here || !wanted.length ? 0 : wanted.reduce((a, b) => a + b, 0) / wanted.length;
    }
    row.sort((a, b) => a.wish - b.wish || a.order - b.order);
    const middle = here ? row.indexOf(here) : 0;
    row.forEach((one) => (one.x = one.wish - one.column));
    // Where nothing reads what enters, the column stays free for it.
    if (!here) row[0].x = Math.max(row[0].x, GAP);
    for (let at = middle + 1; at < row.length; at++)
      row[at].x = Math.max(row[at].x, row[at - 1].x + row[at - 1].width + GAP);
    for (let at = middle - 1; at >= 0; at--) row[at].x = Math.min(row[at].x, row[at + 1].x - GAP - row[at].width);
    row.right = row.at(-1).x + row.at(-1).width;
    left = Math.min(left, row[0].x);
    right = Math.max(right, row.right);
  }
  return { left, right };
}

/** Where maps cross a frame: the first one in the column, others right of it. */
function ports(maps, right) {
  const step = Math.min(PORT, Math.max(0, right - PADDING) / Math.max(1, maps.size - 1));
  return (source) => maps.get(source) * step;
}

/**
 * Gives each map that passes rows a lane: straight down where nothing stands below it, else right of the rows.
 *
 * Heights are counted in halves: channel c is 2c, row r is 2r + 1. At the last box of a row, an edge starts and ends at
 * the side; elsewhere in the channel below or above.
 */
function lanes(routes, rows) {
  const byMap = new Map();
  for (const route of routes) {
    const { start, end, source, isNamed } = route.edge;
    if (isFree(route.x, rows.slice(route.above + 1, route.below))) {
      route.lane = { x: route.x };
      continue;
    }
    route.fromSide = isAtSide(start, rows);
    route.toSide = isAtSide(end, rows);
    const key = `${route.above} ${source.name} ${isNamed} ${start?.item.name}`;
    if (!byMap.has(key)) byMap.set(key, { first: Infinity, last: -Infinity, x: 0 });
    route.lane = byMap.get(key);
    const heights = [
      route.fromSide ? 2 * route.above + 1 : 2 * route.above + 2,
      route.toSide ? 2 * route.below + 1 : 2 * route.below,
    ];
    route.lane.first = Math.min(route.lane.first, ...heights);
    route.lane.last = Math.max(route.lane.last, ...heights);
  }
  const done = [];
  for (const lane of [...byMap.values()].sort((a, b) => a.last - a.first - (b.last - b.first) || a.first - b.first)) {
    let x = BOX.width / 2;
    for (let height = lane.first; height <= lane.last; height++) {
      // A channel has no boxes, but a lane that ends there stands beside those above and below.
      if (height % 2) x = Math.max(x, rows[(height - 1) / 2].right);
    }
    x += PADDING;
    const beside = done.filter((other) => other.first <= lane.last && lane.first <= other.last).map((other) => other.x);
    for (const other of beside.sort((a, b) => a - b)) if (Math.abs(other - x) < LANE) x = other + LANE;
    lane.x = x;
    done.push(lane);
  }
  return routes;
}

/** Whether an edge can go straight down through rows. What stands in a row further up leads nowhere. */
const isFree = (x, rows) =>
  rows.length > 0 && rows.every((row) => row.every((one) => x < one.x - LANE / 2 || x > one.x + one.width + LANE / 2));

const isAtSide = (node, rows) => Boolean(node) && !node.inside && rows[node.rank].at(-1) === node;

/** Gives each horizontal piece in a channel a height of its own; returns how high the channels are. */
function tracks(routes, count) {
  const channels = Array.from({ length: count + 1 }, () => []);
  const take = (channel, lane, from, to) => {
    const [left, right] = [Math.min(from, to), Math.max(from, to)];
    const used = channels[channel];
    // Pieces of one map may lie on each other.
    const track = used.findIndex((pieces) =>
      pieces.every((piece) => piece.lane === lane || piece.right + 4 < left || right + 4 < piece.left),
    );
    const at = track < 0 ? used.length : track;
    (used[at] ??= []).push({ lane, left, right });
    return at;
  };
  for (const route of routes) {
    if (!route.fromSide && route.lane.x !== route.x) route.leaves = take(route.above + 1, route.lane, route.x, route.lane.x);
    if (!route.toSide) route.arrives = take(route.below, route.lane, route.lane.x, route.to);
  }
  return channels.map((used) => CHANNEL + TRACK * Math.max(0, used.length - 1));
}

/** The corners of an edge, in the coordinates of its scope. */
function points(route, { tops, bottoms, shift, height }) {
  const { edge, above, below, lane } = route;
  const [x, to] = [route.x + shift, route.to + shift];
  const top = edge.start ? edge.start.y + edge.start.height : 0;
  const end = edge.end ? edge.end.y : height;
  if (!lane) return [[x, top], [x, tops[below]], [to, bottoms[below]], [to, end]];
  const at = lane.x + shift;
  const found = [];
  if (route.fromSide) {
    const y = edge.start.y + edge.start.height / 2;
    found.push([edge.start.x + edge.start.width, y], [at, y]);
  } else if (route.leaves === undefined) found.push([x, top]);
  else {
    const y = tops[above + 1] + 8 + TRACK * route.leaves;
    found.push([x, top], [x, y], [at, y]);
  }
  if (route.toSide) {
    const y = edge.end.y + edge.end.height / 2;
    found.push([at, y], [edge.end.x + edge.end.width, y]);
  } else {
    const y = tops[below] + 8 + TRACK * route.arrives;
    found.push([at, y], [to, y], [to, end]);
  }
  return found;
}

/** Everything with the coordinates of the picture. */
function collect(scope, x, y, found) {
  for (const one of scope.nodes) {
    const at = { item: one.item, x: x + one.x, y: y + one.y, width: one.width, height: one.height };
    if (one.inside) {
      found.frames.push(at);
      collect(one.inside, at.x, at.y, found);
    } else found.boxes.push(at);
  }
  for (const edge of scope.edges)
    found.edges.push({ ...edge, points: edge.points.map(([dx, dy]) => [x + dx, y + dy]) });
}
