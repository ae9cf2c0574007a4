import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { installPackages } from "../../infra/local-cluster/host/packages.ts";
import { imageLayout } from "../../runtime/proxy/environment.ts";
import { progress } from "./progress.ts";

/** Installs Debian's HAProxy where it is missing and that is possible; elsewhere the tests say why they skip. */
export function ensureProxyPackages(): Promise<void> {
  return ensure("haproxy", imageLayout.haproxy);
}

/** The same with the nginx that the proxy is compared with. */
export function ensureNginx(): Promise<void> {
  return ensure("nginx-light", "/usr/sbin/nginx");
}

/** The same with Debian's Chromium, in which pages are looked at. */
export function ensureChromium(): Promise<void> {
  return ensure("chromium", chromium);
}

/** The same with the shells, besides bash, that edgectl completes command lines for. */
export async function ensureShells(): Promise<void> {
  await ensure("zsh", "/usr/bin/zsh");
  await ensure("fish", "/usr/bin/fish");
}

export const chromium = "/usr/bin/chromium";

async function ensure(name: string, program: string): Promise<void> {
  const mayInstall = process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0;
  if (!existsSync(program) && mayInstall) await installPackages([name], progress);
}
