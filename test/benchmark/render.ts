/**
 * Time of `edgectl render` for 1 and for 100 installations, as whole processes.
 *
 * The peer is the same program under the Pulumi SDK's own mocks, which answer every resource with its inputs: what the
 * SDK and the program cost whatever engine they talk to. The ratio is what our engine, real keys and certificates, and
 * printing add to it.
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { median } from "./shared/quantile.ts";

const project = join(import.meta.dirname, "../..");
const edgectl = join(project, "infra/edgectl/main.ts");
const peer = join(import.meta.dirname, "render-project/mocks.ts");
const cases = [
  { installations: 1, runs: 7, limitSeconds: 1.5 },
  { installations: 100, runs: 3, limitSeconds: 6 },
] as const;

const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
try {
  await writeProject(directory);
  const results = [];
  for (const item of cases) results.push(await measure(item));
  const report = results.map((result) => `${describe(result)}\n`).join("");
  process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify({ results }, null, 2)}\n` : report);
  if (results.some(({ seconds, limitSeconds }) => seconds > limitSeconds)) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measure({ installations, runs, limitSeconds }: (typeof cases)[number]) {
  const stack = `of-${installations}`;
  const render = () => time([edgectl, "render", "--project", directory, "--stack", stack, "--make-keys"]);
  const mocks = () => time([peer, String(installations)]);
  // The first run compiles the libraries and makes the keys.
  const firstSeconds = await render();
  await mocks();
  const ours: number[] = [];
  const peers: number[] = [];
  for (let run = 0; run < runs; run++) {
    ours.push(await render());
    peers.push(await mocks());
  }
  const [seconds, peerSeconds] = [median(ours), median(peers)];
  return { installations, runs, seconds, firstSeconds, peerSeconds, ratio: seconds / peerSeconds, limitSeconds };
}

function describe(result: Awaited<ReturnType<typeof measure>>): string {
  const { installations, seconds, firstSeconds, peerSeconds, ratio, limitSeconds } = result;
  const noun = installations === 1 ? "installation" : "installations";
  return (
    `render of ${installations} ${noun}: ${seconds.toFixed(2)} s (limit ${limitSeconds} s; first run ` +
    `${firstSeconds.toFixed(2)} s); SDK with mocks ${peerSeconds.toFixed(2)} s; ratio ${ratio.toFixed(2)}`
  );
}

/** Seconds that the process takes from its start to its end. */
async function time(args: readonly string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      EDGE_CACHE_DIR: join(directory, "cache"),
      NODE_COMPILE_CACHE: join(directory, "peer-cache"),
    },
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${args.join(" ")} ended with code ${code}`);
  return (performance.now() - start) / 1000;
}

async function writeProject(target: string): Promise<void> {
  await mkdir(join(target, "stacks"));
  await symlink(join(project, "infra"), join(target, "infra"));
  const main = { name: "plant", runtime: "nodejs", main: "infra/index.ts", stackConfigDir: "stacks" };
  await writeFile(join(target, "Pulumi.yaml"), stringify(main));
  for (const { installations } of cases) {
    const { stackConfig } = await import("./render-project/stack-config.ts");
    const config = stackConfig(installations);
    await writeFile(
      join(target, `stacks/Pulumi.of-${installations}.yaml`),
      stringify({ config }, { aliasDuplicateObjects: false }),
    );
  }
}
