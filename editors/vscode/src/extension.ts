// archcalc in Visual Studio Code: it starts `archcalc lsp`, and everything else is the server's.

import * as vscode from "vscode";
import {
  DocumentSymbolRequest,
  ExecuteCommandRequest,
  InlayHintRequest,
  LanguageClient,
  TransportKind,
  type LanguageClientOptions,
} from "vscode-languageclient/node";

import { program, trouble } from "./program";
import { isSpec, variantAt, variants, type Entry } from "./texts";

const LANGUAGES = ["yaml", "json"];

let client: LanguageClient | undefined;
let starting: Promise<void> | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const look = (document: vscode.TextDocument): void => {
    if (starting === undefined && LANGUAGES.includes(document.languageId) && isSpec(document.getText())) {
      void start();
    }
  };
  context.subscriptions.push(
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument(({ document }) => look(document)),
    vscode.workspace.onDidChangeConfiguration(configured),
    vscode.commands.registerCommand("archcalc.showVariant", showVariant),
    vscode.commands.registerCommand("archcalc.restart", restart),
  );
  vscode.workspace.textDocuments.forEach(look);
}

export async function deactivate(): Promise<void> {
  await starting?.catch(() => undefined);
  await client?.dispose();
  client = starting = undefined;
}

function setting<T>(name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration("archcalc").get<T>(name, otherwise);
}

function start(): Promise<void> {
  starting ??= startOnce();
  return starting;
}

async function startOnce(): Promise<void> {
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const command = program(setting("command", ""), folders);
  const why = await trouble(command, folders[0]);
  if (why !== undefined) {
    void complain(why);
    return;
  }
  const options: LanguageClientOptions = {
    documentSelector: LANGUAGES.flatMap((language) => ["file", "untitled"].map((scheme) => ({ scheme, language }))),
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/pyproject.toml") },
    middleware: {
      provideInlayHints: (document, range, token, next) =>
        setting("hints", true) ? next(document, range, token) : [],
    },
  };
  const server = { command, args: ["lsp"], transport: TransportKind.stdio, options: { cwd: folders[0] } };
  client = new LanguageClient("archcalc", "archcalc", server, options);
  try {
    await client.start();
  } catch (error) {
    void complain(`\`${command} lsp\` does not answer: ${error instanceof Error ? error.message : error}`);
  }
}

async function complain(why: string): Promise<void> {
  const settings = "Open the setting";
  const again = "Try again";
  const chosen = await vscode.window.showErrorMessage(`archcalc: ${why}`, settings, again);
  if (chosen === settings) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "archcalc.command");
  } else if (chosen === again) {
    await restart();
  }
}

async function restart(): Promise<void> {
  await deactivate();
  await start();
}

async function configured(change: vscode.ConfigurationChangeEvent): Promise<void> {
  if (change.affectsConfiguration("archcalc.command") && starting !== undefined) {
    await restart();
  } else if (change.affectsConfiguration("archcalc.hints")) {
    const hints = client?.getFeature(InlayHintRequest.method);
    for (const document of vscode.workspace.textDocuments) {
      hints?.getProvider(document)?.onDidChangeInlayHints.fire();
    }
  }
}

async function showVariant(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || !LANGUAGES.includes(editor.document.languageId)) {
    return;
  }
  await start();
  if (client === undefined || !client.isRunning()) {
    return;
  }
  const uri = client.code2ProtocolConverter.asUri(editor.document.uri);
  const found = await client.sendRequest(DocumentSymbolRequest.type, { textDocument: { uri } });
  const outline = (found ?? []) as Entry[];
  const names = variants(outline).map((entry) => entry.name);
  if (names.length === 0) {
    void vscode.window.showInformationMessage("archcalc: this text has no variants.");
    return;
  }
  const name =
    variantAt(outline, editor.selection.active.line) ??
    (await vscode.window.showQuickPick(names, { title: "archcalc: show the numbers of" }));
  if (name !== undefined) {
    await client.sendRequest(ExecuteCommandRequest.type, { command: "archcalc.show", arguments: [uri, name] });
  }
}
