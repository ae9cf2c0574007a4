// Runs on the machine's own Node (20 or newer): installs the locked dependencies when they are missing or stale, and
// starts a program of the project with the Node that the lockfile pins.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { youngGeneration } from "./young-generation.mjs";

export const projectDirectory = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const modules = join(projectDirectory, "node_modules");
const pinnedNode = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/** Installs the dependencies that package-lock.json names, unless they are there. Says so on stderr. */
export function ensureDependencies() {
  if (existsSync(pinnedNode) && isAsLocked()) return;
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
}

/** Whether npm's record of what it has installed, which it writes last, has all that package-lock.json names. */
function isAsLocked() {
  const record = join(modules, ".package-lock.json");
  if (!existsSync(record)) return false;
  const [wanted, installed] = [join(projectDirectory, "package-lock.json"), record].map(
    (file) => JSON.parse(readFileSync(file, "utf8")).packages,
  );
  return Object.entries(wanted).every(
    // What is optional is for other platforms.
    ([path, { optional, version }]) =>
      path === "" || (optional && !(path in installed)) || installed[path]?.version === version,
  );
}

/** Runs a TypeScript program of the project with the pinned Node, and ends with its exit code. */
export function run(program, args, variables = {}) {
  const flags = ["--disable-warning=ExperimentalWarning", youngGeneration];
  const child = spawn(pinnedNode, [...flags, join(projectDirectory, program), ...args], {
    stdio: "inherit",
    env: { ...process.env, ...variables, PATH: `${join(modules, ".bin")}:${process.env.PATH}` },
  });
  // The terminal sends Ctrl-C to the whole group; a plain kill of this process must reach the child as well.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
