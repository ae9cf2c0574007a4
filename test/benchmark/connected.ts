/**
 * What IoT Hub costs: sizes of the daemons' images against those of the last commit without it (or of `--against COMMIT`), and
 * memory of an EdgeAgent that is connected against one that stands alone.
 *
 * EdgeAgent runs as its image's bundle with the rights of its Role, against a control plane and a fake hub of its own; no pod
 * runs.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { progress } from "../support/progress.ts";
import { measureImages } from "./connected/image-sizes.ts";
import { measureMemory } from "./connected/memory.ts";
import { bundleAgent } from "./edge-agent/bundle.ts";
import { createInstallation } from "./edge-agent/installation.ts";

/** After this one came what speaks with IoT Hub. */
const withoutHub = "0bc2fc5f8eab6b21f5eb6fd966f4287386d0b1ad";
const limits = { imageMegabytes: 2, memoryMegabytes: 20 } as const;

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, against: { type: "string", default: withoutHub } },
});
const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
try {
  const images = await measureImages(values.against, directory);
  const result = judge(images, await memory());
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : describe(result));
  if (!result.passed) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function memory() {
  const script = await bundleAgent(directory);
  const controlPlane = await startControlPlane({ directory: join(directory, "cluster"), progress });
  try {
    return await measureMemory(script, (namespace) =>
      createInstallation({
        ...{ namespace, adminKubeconfig: controlPlane.kubeconfig, agentKubeconfig: join(directory, namespace) },
      }),
    );
  } finally {
    await controlPlane.stop();
  }
}

function judge(images: Awaited<ReturnType<typeof measureImages>>, agent: Awaited<ReturnType<typeof measureMemory>>) {
  const grown = images.map((image) => ({ ...image, megabytesMore: (image.now - image.before) / 1e6 }));
  const memoryMore = agent.connected.rssMegabytes - agent.alone.rssMegabytes;
  const passed =
    grown.every(({ megabytesMore }) => megabytesMore <= limits.imageMegabytes) && memoryMore <= limits.memoryMegabytes;
  return { images: grown, memory: { ...agent, megabytesMore: memoryMore }, limits, passed };
}

function describe({ images, memory: agent }: ReturnType<typeof judge>): string {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const lines = [
    ...images.map(
      ({ name, before, now, megabytesMore }) =>
        `image ${name}: ${megabytes(now)}, before ${megabytes(before)}: ${megabytesMore.toFixed(2)} MB more ` +
        `(limit ${limits.imageMegabytes} MB)`,
    ),
    `EdgeAgent with ${agent.modules} modules, median of ${agent.rounds}: RSS ${agent.connected.rssMegabytes.toFixed(1)} MB ` +
      `connected, ${agent.alone.rssMegabytes.toFixed(1)} MB alone: ${agent.megabytesMore.toFixed(1)} MB more ` +
      `(limit ${limits.memoryMegabytes} MB); at most ${agent.connected.peakMegabytes.toFixed(1)} and ` +
      `${agent.alone.peakMegabytes.toFixed(1)} MB`,
  ];
  return `${lines.join("\n")}\n`;
}
