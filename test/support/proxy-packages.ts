import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { installPackages } from "../../infra/local-cluster/host/packages.ts";
import { imageLayout } from "../../runtime/proxy/environment.ts";
import { progress } from "./progress.ts";

/** What the proxy's tests run on this machine, by the Debian package that has it. */
const needed: Readonly<Record<string, () => boolean>> = {
  "nginx-light": () => existsSync(imageLayout.nginx),
  gcc: () => spawnSync("gcc", ["--version"]).status === 0,
  "libc6-dev": () => existsSync("/usr/include/stdlib.h"),
};

/** Installs what is missing where that is possible; elsewhere the tests say why they skip. */
export async function ensureProxyPackages(): Promise<void> {
  const missing = Object.keys(needed).filter((name) => needed[name]?.() === false);
  const mayInstall = process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0;
  if (missing.length > 0 && mayInstall) await installPackages(missing, progress);
}
