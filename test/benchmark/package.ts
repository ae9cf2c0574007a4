/**
 * The npm package as its users have it: packed size, and CPU time of `edgectl --help` and of `edgectl render` with one
 * installation, installed into an empty folder.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { buildPackage } from "../../infra/package/index.ts";
import { runProgram } from "../support/run-program.ts";
import { stackConfig } from "./render-project/stack-config.ts";
import { cpuSeconds } from "./shared/cpu-time.ts";
import { median } from "./shared/quantile.ts";

const checkout = resolve(import.meta.dirname, "../..");
const runs = 7;
const limits = { megabytes: 3, help: 0.25, render: 0.8 };

const folder = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
try {
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  const { tarball, bytes, files } = await buildPackage({ projectDirectory: checkout, tell });
  await install(tarball);
  const edgectl = join(folder, "node_modules/pulumi-iotedge/bin/edgectl.mjs");
  const cpu = async (...args: readonly string[]) => {
    const env = { EDGE_CACHE_DIR: join(folder, "cache") };
    const seconds: number[] = [];
    // The first run compiles the libraries, and makes keys.
    for (let run = 0; run <= runs; run++)
      seconds.push(await cpuSeconds(process.execPath, [edgectl, ...args], { cwd: folder, env }));
    return median(seconds.slice(1));
  };
  const report = {
    packed: { megabytes: bytes / 1e6, limit: limits.megabytes, files },
    help: { cpuSeconds: await cpu("--help"), limit: limits.help, runs },
    render: { cpuSeconds: await cpu("render", "--stack", "plant", "--make-keys"), limit: limits.render, runs },
  };
  const { packed, help, render } = report;
  process.stdout.write(
    process.argv.includes("--json")
      ? `${JSON.stringify(report, null, 2)}\n`
      : [
          `packed: ${packed.megabytes.toFixed(2)} MB in ${files} files (limit ${packed.limit} MB)`,
          `edgectl --help: ${help.cpuSeconds.toFixed(2)} s of CPU (limit ${help.limit} s)`,
          `edgectl render of 1 installation: ${render.cpuSeconds.toFixed(2)} s of CPU (limit ${render.limit} s)\n`,
        ].join("\n"),
  );
  const isOver = packed.megabytes > packed.limit || [help, render].some((one) => one.cpuSeconds > one.limit);
  if (isOver) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function install(tarball: string): Promise<void> {
  const run = async (program: string, ...args: readonly string[]) => {
    const { code, stderr } = await runProgram(program, args, { cwd: folder });
    if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with code ${code}: ${stderr}`);
  };
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  await run("npm", "install", ...options, tarball);
  await run(
    process.execPath,
    join(folder, "node_modules/pulumi-iotedge/bin/edgectl.mjs"),
    "init",
    "--name",
    "plant",
    "--stack",
    "plant",
  );
  const config = stackConfig(1);
  await writeFile(join(folder, "stacks/Pulumi.plant.yaml"), stringify({ config }, { aliasDuplicateObjects: false }));
}
