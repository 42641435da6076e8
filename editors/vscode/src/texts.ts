// What texts say before the server has read them.

const KEY = /(?:^|\n)(?:layers|variants|input|[\s{]*"(?:layers|variants|input)")\s*:/;

/** Whether a text seems to be a spec: the server is started for the first one, and not for every YAML file. */
export function isSpec(text: string): boolean {
  return KEY.test(text);
}

/** An entry of an outline, as far as it is needed to find variants. */
export interface Entry {
  name: string;
  kind: number;
  range: { start: { line: number }; end: { line: number; character: number } };
  children?: Entry[];
}

/** The kind of a symbol that the server gives to variants: SymbolKind.Class of the protocol. */
const VARIANT = 5;

/** The variants of an outline, from above. */
export function variants(outline: readonly Entry[]): Entry[] {
  return outline.flatMap((entry) => [...(entry.kind === VARIANT ? [entry] : []), ...variants(entry.children ?? [])]);
}

/** The variant in which a line stands, if it stands in one. */
export function variantAt(outline: readonly Entry[], line: number): string | undefined {
  const isIn = ({ range: { start, end } }: Entry) =>
    start.line <= line && (line < end.line || (line === end.line && end.character > 0));
  return variants(outline).find(isIn)?.name;
}
