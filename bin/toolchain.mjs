// Runs on the machine's own Node (20 or newer): installs the locked dependencies when they are missing or stale, and
// starts a program of the project with the Node that the lockfile pins.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectDirectory = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(projectDirectory, "node_modules");
const stamp = join(modules, ".edge-lock");
const pinnedNode = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/** Installs the dependencies that package-lock.json names, unless they are there. Says so on stderr. */
export function ensureDependencies() {
  const lock = createHash("sha256")
    .update(readFileSync(join(projectDirectory, "package-lock.json")))
    .digest("hex");
  if (existsSync(pinnedNode) && existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  process.stderr.write("Installing dependencies (npm ci) ...\n");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: projectDirectory,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0 || !existsSync(pinnedNode)) {
    process.stderr.write(
      "error EDGE_CLI_DEPENDENCIES: npm ci failed\n  fix: See npm's message above; npm 11 or newer and a package registry are needed.\n",
    );
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

/** Runs a TypeScript program of the project with the pinned Node, and ends with its exit code. */
export function run(program, args) {
  const child = spawn(pinnedNode, ["--disable-warning=ExperimentalWarning", join(projectDirectory, program), ...args], {
    stdio: "inherit",
    env: { ...process.env, PATH: `${join(modules, ".bin")}:${process.env.PATH}` },
  });
  // The terminal sends Ctrl-C to the whole group; a plain kill of this process must reach the child as well.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
