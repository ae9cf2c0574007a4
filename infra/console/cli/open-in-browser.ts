import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { html } from "../../web-page/index.ts";

/**
 * Opens an address in the user's browser, if there is one. Everybody on the machine sees the command lines of its processes,
 * so the address, which lets in, stands in a file that only the user may read, and which leads the browser on.
 *
 * @returns what removes that file
 */
export async function openInBrowser(address: string, env: NodeJS.ProcessEnv): Promise<() => Promise<void>> {
  const opener = openerOf(process.platform, env);
  if (opener === undefined) return async () => {};
  const directory = await mkdtemp(join(tmpdir(), "edgectl-console-"));
  const file = join(directory, "open.html");
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>edgectl console</title><meta http-equiv="refresh" content="0; url=${address}"></head>
<body><a href="${address}">Open the console</a></body></html>
`;
  await writeFile(file, page.text, { mode: 0o600 });
  const child = spawn(opener, [file], { stdio: "ignore", detached: true });
  // Without a browser, the printed address is there.
  child.on("error", () => {});
  child.unref();
  return () => rm(directory, { recursive: true, force: true });
}

function openerOf(platform: string, env: NodeJS.ProcessEnv): string | undefined {
  if (platform === "darwin") return "open";
  return env.DISPLAY || env.WAYLAND_DISPLAY ? "xdg-open" : undefined;
}
