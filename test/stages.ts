import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reportFileVariable } from "./reporter.ts";
import { ensureProxyPackages, ensureShells } from "./support/debian-packages.ts";
import { type Tally, tallyOf } from "./tally.ts";

/** One stage of `npm test`. */
export interface Stage {
  readonly name: string;
  readonly title: string;
  /** Why the stage cannot run on this machine, or undefined. */
  obstacle(): Promise<string | undefined> | string | undefined;
  run(): Promise<Tally>;
}

const hasGo = () => spawnSync("go", ["version"]).status === 0;
const none = () => undefined;

export const stages: readonly Stage[] = [
  commands("lint", "biome, and the rules of imports", [["npm", "run", "--silent", "lint"]]),
  commands("types", "tsc", [["tsc", "--noEmit"]]),
  vitest("unit", "pure parts, and the proxy with a real HAProxy", none, async () => {
    await ensureProxyPackages();
    await ensureShells();
  }),
  vitest("integration", "against a real kube-apiserver", () => {
    if (process.platform !== "linux") return "it needs Linux";
    return hasGo() ? undefined : "it needs Go on the PATH";
  }),
  vitest("e2e", "on real pods in a local cluster", () => {
    if (process.platform !== "linux") return "it needs Linux";
    if (process.getuid?.() !== 0) return "it needs root: containerd, the kubelet and network interfaces";
    return hasGo() ? undefined : "it needs Go on the PATH";
  }),
];

function commands(name: string, title: string, list: readonly (readonly string[])[]): Stage {
  return {
    name,
    title,
    obstacle: none,
    run: async () => {
      const failures: string[] = [];
      for (const command of list) if ((await inherit(command)) !== 0) failures.push(command.join(" "));
      return { passed: list.length - failures.length, failed: failures.length, skipped: 0, failures };
    },
  };
}

function vitest(
  project: string,
  title: string,
  obstacle: Stage["obstacle"],
  prepare: () => Promise<void> = async () => {},
): Stage {
  return {
    name: project,
    title,
    obstacle,
    run: async () => {
      await prepare();
      const directory = await mkdtemp(join(tmpdir(), "edge-report-"));
      const report = join(directory, "report.json");
      const reporters = ["--reporter=default", "--reporter=./test/reporter.ts"];
      const code = await inherit(["vitest", "run", "--project", project, ...reporters], {
        [reportFileVariable]: report,
      });
      const text = await readFile(report, "utf8").catch(() => undefined);
      await rm(directory, { recursive: true });
      return tallyOf(text, code);
    },
  };
}

/** Runs a program of node_modules/.bin on this process's own output, and answers its exit code. */
function inherit([program, ...args]: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...variables };
    const child = spawn(program as string, args, { stdio: ["ignore", "inherit", "inherit"], env });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
