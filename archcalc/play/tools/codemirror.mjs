/** The editor of the playground: CodeMirror, with what archcalc says about the text. esbuild makes one file of it. */

import { autocompletion } from "@codemirror/autocomplete";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorView, basicSetup } from "codemirror";
import { hoverTooltip } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const SEVERITIES = { error: "error", warning: "warning", note: "info" };
const TYPES = { kind: "class", block: "function", function: "function", field: "property", key: "keyword", word: "enum", map: "variable", value: "constant", layer: "namespace" };

/** The colours of the page, light and dark. */
const look = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", color: "var(--text)", backgroundColor: "var(--background)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "DejaVu Sans Mono", monospace', lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--soft)", borderRight: "1px solid var(--border)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--chosen) 45%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 30%, transparent)" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--text)", border: "1px solid var(--border)", maxWidth: "44em" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--chosen)", color: "var(--text)" },
  ".cm-completionInfo, .about": { whiteSpace: "pre-wrap", maxHeight: "24em", overflow: "auto", padding: "4px 8px", font: "12.5px/1.45 ui-monospace, monospace" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap" },
  ".cm-diagnosticAction": { backgroundColor: "var(--background)", color: "var(--text)", border: "1px solid var(--border)", cursor: "pointer" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--text)" },
});
const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: [tags.comment], color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.string, tags.quote], color: "var(--good)" },
]);

/**
 * @param {Element} parent
 * @param {{text: string, onChange: () => void, complete: (at: number) => Promise<any>, about: any, hover: any}} options
 */
export function create(parent, { text, onChange, complete, about, hover }) {
  // Styles that a script makes are allowed in a tree of its own, where the policy of the page forbids them elsewhere.
  const root = parent.attachShadow({ mode: "open" });
  const view = new EditorView({
    doc: text,
    root,
    parent: root,
    extensions: [
      basicSetup,
      text.trimStart().startsWith('{"') ? json() : yaml(),
      look,
      syntaxHighlighting(colours),
      lintGutter(),
      autocompletion({ override: [(context) => completed(context, complete, about)] }),
      hoverTooltip((_, at) => hovered(at, hover)),
      EditorView.contentAttributes.of({ "aria-label": "text of the spec", tabindex: "0" }),
      EditorView.updateListener.of((update) => update.docChanged && onChange()),
    ],
  });
  return {
    view,
    get text() {
      return view.state.doc.toString();
    },
    set(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    },
    change(changes) {
      view.dispatch({ changes });
      view.focus();
    },
    /** Underline findings, with their repairs as actions. */
    mark(findings, repairs, change) {
      const most = view.state.doc.length;
      const marks = findings.filter((one) => one.line).map((one) => ({
        from: Math.min(one.from, most),
        to: Math.min(one.to, most),
        severity: SEVERITIES[one.severity],
        source: one.code,
        message: [one.message, one.label].filter(Boolean).join("\n"),
        actions: repairs
          .filter((repair) => repair.code === one.code && repair.line === one.line)
          .map((repair) => ({ name: repair.title, apply: () => change(repair.changes) })),
      }));
      view.dispatch(setDiagnostics(view.state, marks));
    },
    reveal(from, to) {
      const most = view.state.doc.length;
      view.dispatch({ selection: { anchor: Math.min(from, most), head: Math.min(to, most) }, scrollIntoView: true });
      view.focus();
    },
  };
}

async function completed(context, complete, about) {
  const before = context.matchBefore(/[-\w]+|[{[:,] ?/);
  if (!before && !context.explicit) return null;
  const { from, items } = await complete(context.pos);
  if (context.aborted || !items.length) return null;
  const options = items.map((item, place) => ({
    label: item.label,
    type: TYPES[item.sort],
    detail: item.about.length > 60 ? `${item.about.slice(0, 59)}…` : item.about,
    apply: item.text,
    boost: -place / 100,
    info: async () => note((await about(item.label, item.sort)) || item.about),
  }));
  return { from, options, validFor: /^[-\w]*$/ };
}

async function hovered(at, hover) {
  const found = await hover(at).catch(() => null);
  return found && { pos: found.from, end: found.to, above: true, create: () => ({ dom: note(found.markdown) }) };
}

/** Markdown as it is read by people: without fences. What a spec says goes in as text. */
function note(markdown) {
  const dom = document.createElement("div");
  dom.className = "about";
  dom.textContent = markdown.replace(/^```.*\n?/gm, "");
  return dom;
}
