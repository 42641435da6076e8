// Which program is the server, and whether it can be started.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The program that a person has named, or that of an environment in a folder, or the one on the path. */
export function program(named: string, folders: readonly string[], platform: NodeJS.Platform = process.platform): string {
  if (named.trim()) {
    return named.trim();
  }
  const inside = platform === "win32" ? join("Scripts", "archcalc.exe") : join("bin", "archcalc");
  const places = folders.flatMap((folder) => [join(folder, ".venv", inside), join(folder, "venv", inside)]);
  return places.find((place) => existsSync(place)) ?? "archcalc";
}

/** Why a program cannot serve, as a sentence for people; nothing where it can. A server to whom nobody talks ends. */
export function trouble(command: string, folder?: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = "";
    const child = spawn(command, ["lsp"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.on("data", (part) => (said += part));
    child.on("error", (error: NodeJS.ErrnoException) =>
      resolve(
        error.code === "ENOENT"
          ? `There is no program \`${command}\`. Install it with \`python -m pip install 'archcalc[lsp]'\`, ` +
              "or write its path into the setting `archcalc.command`."
          : `\`${command}\` cannot be started: ${error.message}`,
      ),
    );
    child.on("close", (status) => {
      const last = said.trim().split("\n").at(-1) ?? "";
      resolve(status === 0 ? undefined : `\`${command} lsp\` does not work: ${last || `it ended with ${status}`}`);
    });
  });
}
