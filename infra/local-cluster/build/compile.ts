import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterErrors } from "../errors.ts";
import { moduleDirectory } from "../layout.ts";
import { runCommand } from "../process/command.ts";
import type { Progress } from "../types.ts";
import { goEnvironment } from "./go-toolchain.ts";
import { binaryNames, buildFlags, type GoModule, goBinaryName } from "./programs.ts";

/** Milliseconds between two lines of progress of a compilation. */
const heartbeat = 20_000;
const downloading = "go: downloading ";

/**
 * Compiles all programs of a module into `directory`. One `go build` for all of them, so that each package that they
 * share is compiled once and the cores stay busy.
 *
 * @throws EDGE_CLUSTER_BUILD_FAILED
 */
export async function compileModule(module: GoModule, directory: string, progress: Progress): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const watch = new CompilationWatch(module, directory, progress);
  const timer = setInterval(() => watch.report(), heartbeat);
  try {
    // A trailing slash makes it a folder to go, which names the binaries itself.
    const args = ["build", "-v", ...buildFlags, "-ldflags", module.ldflags, "-o", `${directory}/`, ...module.packages];
    const result = await runCommand("go", args, {
      directory: module.directory ?? moduleDirectory(module.name),
      environment: goEnvironment,
      onLine: (line) => watch.line(line),
    });
    if (result.code !== 0) throw failure(module, result.stderr);
  } finally {
    clearInterval(timer);
  }
  for (const [from, to] of Object.entries(module.rename ?? {})) {
    renameSync(join(directory, from), join(directory, to));
  }
  progress(`Compiled ${module.title} (${binaryNames(module).join(", ")}) in ${watch.elapsed()}`);
}

/** Tells how far a compilation is: `go build` itself says nothing while it works. */
class CompilationWatch {
  readonly #module: GoModule;
  readonly #directory: string;
  readonly #progress: Progress;
  readonly #start = performance.now();
  #downloads = 0;
  #packages = 0;

  constructor(module: GoModule, directory: string, progress: Progress) {
    this.#module = module;
    this.#directory = directory;
    this.#progress = progress;
  }

  line(line: string): void {
    if (line.startsWith(downloading)) this.#downloads++;
    else if (line !== "" && !isMessage(line)) this.#packages++;
  }

  report(): void {
    const { title, packages, rename = {} } = this.#module;
    const missing = packages.map(goBinaryName).filter((name) => !existsSync(join(this.#directory, name)));
    const names = missing.map((name) => rename[name] ?? name);
    const done = [
      ...(this.#downloads > 0 ? [`${this.#downloads} modules fetched`] : []),
      `${this.#packages} packages compiled`,
    ];
    this.#progress(`Compiling ${title}: ${this.elapsed()}, ${done.join(", ")}; to do: ${names.join(", ")}`);
  }

  elapsed(): string {
    return formatElapsed(performance.now() - this.#start);
  }
}

function failure(module: GoModule, output: string) {
  const log = join(tmpdir(), `edge-build-${module.name}-${process.pid}.log`);
  writeFileSync(log, output);
  const lines = [...new Set(output.split("\n").filter(isMessage))].slice(-12);
  return clusterErrors.EDGE_CLUSTER_BUILD_FAILED({ module: module.title, output: lines.join("\n"), log });
}

/** Whether a line of `go build -v` is more than the name of a package that it compiles, or of a module that it fetches. */
export function isMessage(line: string): boolean {
  return /\s/.test(line.trim()) && !line.startsWith(downloading);
}

/** @param milliseconds a duration; renders `42 s` or `3 min 5 s` */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
