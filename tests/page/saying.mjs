// What the page's own program says about networks at sizes.
import { COUNTS, Network, integers } from "../../archcalc/page/front/network.mjs";
import { legend, lines } from "../../archcalc/page/front/work.mjs";

const text = (value) => (value === null ? null : value.toString());
const texts = (sizes) => sizes && Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, text(size)]));

function said(network, given) {
  const sizes = integers(given);
  const now = network.at(sizes);
  return {
    legal: now.isLegal,
    nearest: network.legality ? network.legality.nearest(sizes).map(texts) : null,
    totals: COUNTS.map((name) => text(now.total(name))),
    broken: now.broken.map((condition) => condition.text),
    faults: [...now.faults].map((place) => network.layers[place].name),
    layers: network.layers.map((layer, place) => ({
      name: layer.name,
      shapes: now.shapes(place),
      counts: COUNTS.map((name) => text(now.count(place, name))),
      work: layer.work && now.isLegal ? workOf(network, now, layer.work) : null,
    })),
  };
}

function workOf(network, now, [pattern, letters]) {
  const values = letters.map((form) => now.values[form]);
  return {
    lines: lines(network.data.patterns[pattern], values).map(({ quantity, chain, words }) => ({ quantity, chain, words })),
    legend: legend(network.data.patterns[pattern], values),
  };
}

/** Asked are the data of networks with sizes for each. */
export function answers(asked) {
  return asked.map(({ data, sizes }) => {
    const network = new Network(data);
    return { stated: texts(network.stated()), at: sizes.map((one) => said(network, one)) };
  });
}
