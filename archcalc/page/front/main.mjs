/** Puts the views together. The data comes with the page; nothing is ever fetched. */

import { ChartsView } from "./charts.mjs";
import { FindingsView, SpecView, WorkView } from "./details.mjs";
import { byId } from "./dom.mjs";
import { FigureView } from "./figure.mjs";
import { GraphView } from "./graph.mjs";
import { Page } from "./page.mjs";
import { SearchView } from "./search.mjs";
import { SizesView } from "./sizes.mjs";
import { TableView } from "./table.mjs";

/** The version of the data that this program reads. */
const FORMAT = 1;

/** The page without a network, to begin again from. @type {HTMLElement | null} */
let empty = null;
/** Ends what listens for the network that is shown. */
let listening = new AbortController();

/** Show a network, in the place of another one. @param {any} data @param {Page | null} before what was shown */
export function show(data, before = null) {
  if (data.format !== FORMAT) throw new Error(`this page reads data of format ${FORMAT}, and this is ${data.format}`);
  listening.abort();
  listening = new AbortController();
  empty ??= byId("page").cloneNode(true);
  byId("page").replaceWith(empty.cloneNode(true));
  document.title = data.title;
  byId("title").textContent = data.title;
  byId("source").textContent = data.source ?? "";
  const page = new Page(data, before);
  document.body.classList.toggle("empty", !page.network.layers.length);
  const spec = new SpecView(page);
  new FindingsView(page, spec);
  const graph = page.network.layers.length ? page.add(new GraphView(page, before?.graph)) : null;
  page.graph = graph;
  page.figure = page.add(new FigureView(page, listening.signal, before?.figure));
  const table = new TableView(page);
  for (const view of [table, new ChartsView(page), new WorkView(page), spec, new SizesView(page)]) page.add(view);
  new SearchView(page);
  const chosen = before?.network.layers[before.chosen]?.name;
  const place = page.network.layers.findIndex(({ name }) => name === chosen);
  if (place >= 0) page.choose(place);
  const forPrint = (isPrinted) => [graph, table].forEach((view) => view?.forPrint(isPrinted));
  const { signal } = listening;
  addEventListener("beforeprint", () => forPrint(true), { signal });
  addEventListener("afterprint", () => forPrint(false), { signal });
  return page;
}
