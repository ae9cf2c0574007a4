import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stringify } from "yaml";
import { applySetKeys, parentOf } from "../../infra/deploy/applyset.ts";
import { connect } from "../../infra/kubernetes/cluster.ts";
import type { Cluster } from "../../infra/kubernetes/kubernetes-types.ts";
import { edgectl } from "../support/edgectl.ts";
import { type EdgectlProcess, startEdgectl } from "../support/edgectl-process.ts";
import { waitFor } from "../support/wait-for.ts";
import "../support/provided.ts";

const program = fileURLToPath(new URL("../../infra/index.ts", import.meta.url));
const run = promisify(execFile);
const id = randomBytes(3).toString("hex");
const [stopped, raced] = [`edge-first-${id}-a`, `edge-first-${id}-b`];

let directory: string;
let cluster: Cluster;
let where: readonly string[];
const clone = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-first-"));
  const config = ["--kubeconfig", inject("kubeconfig")];
  const context = (await run(inject("kubectl"), [...config, "config", "current-context"])).stdout.trim();
  cluster = await connect({ context, kubeconfig: inject("kubeconfig") });
  where = ["--engine", "render", "--context", context, ...config];
  for (const who of ["ada", "bob"]) await makeClone(who);
});
afterAll(async () => {
  for (const stack of [stopped, raced]) await edgectl(["down", "--stack", stack, ...where], { cwd: clone("ada") });
  await rm(directory, { recursive: true });
});

async function makeClone(who: string): Promise<void> {
  await mkdir(join(clone(who), "stacks"), { recursive: true });
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(clone(who), "Pulumi.yaml"), stringify(project));
  const images = { iotedged: "r.invalid/a:1", edgeAgent: "r.invalid/b:1", proxy: "r.invalid/c:1" };
  for (const namespace of [stopped, raced]) {
    const installations = [{ namespace, createNamespace: true, edgeAgent: { enabled: false } }];
    const config = { "iotedge:images": images, "iotedge:installations": installations };
    await writeFile(join(clone(who), `stacks/Pulumi.${namespace}.yaml`), stringify({ config }));
  }
}

const up = (who: string, stack: string) => startEdgectl(["up", "--stack", stack, ...where], clone(who));
const waits = /Wait until everything runs/;
const stateOf = (who: string, stack: string) => join(clone(who), ".edge/state", `${stack}.json`);
const get = (kind: string, name: string, namespace: string) => cluster.get({ apiVersion: "v1", kind, name, namespace });
const firstRoots = async (stack: string) =>
  (await get("ConfigMap", parentOf(stack).name, "default"))?.metadata.annotations?.[applySetKeys.firstRoots];

/** Keys and certificates of an installation, as the cluster has them. */
async function deployedKeys(namespace: string): Promise<readonly string[]> {
  const secrets = await cluster.list({ apiVersion: "v1", kind: "Secret" }, { namespace });
  const texts = secrets.flatMap(({ data = {} }) => Object.values(data as Record<string, string>));
  return texts.map((text) => Buffer.from(text, "base64").toString()).filter((text) => text.includes("PRIVATE KEY"));
}

/** Ends a deployment that waits for pods that no node runs. */
async function interrupt(process: EdgectlProcess): Promise<void> {
  process.interrupt();
  expect(await process.ended).toBe(130);
}

/** Whether all keys of the cluster are those that a clone has kept. */
async function expectKeysOf(who: string, stack: string): Promise<void> {
  const kept: { resources: Record<string, { outputs: Record<string, unknown> }> } = JSON.parse(
    await readFile(stateOf(who, stack), "utf8"),
  );
  const own = new Set(Object.values(kept.resources).flatMap(({ outputs }) => Object.values(outputs)));
  const deployed = await deployedKeys(stack);
  expect(deployed.length).toBeGreaterThan(1);
  expect(deployed.filter((key) => !own.has(key))).toEqual([]);
}

describe("two clones that deploy a stack for the first time", () => {
  it("refuses the second while the first is halfway, which then goes on with its own keys", async () => {
    const first = up("ada", stopped);
    await waitFor("the claim", () => firstRoots(stopped));
    first.signal("SIGSTOP");
    const bundle = await get("ConfigMap", "iotedged-proxy-trust-bundle", stopped);
    const second = await edgectl(["up", "--stack", stopped, ...where], { cwd: clone("bob") });
    expect(second.code, second.stderr).toBe(1);
    // Where this machine was slow the first one's bundle is there already, which tells as well.
    const code = bundle === undefined ? "EDGE_APPLY_FIRST_ELSEWHERE" : "EDGE_TRUST_OTHER_KEY";
    expect(second.stderr).toContain(`error ${code}`);
    await expect(access(stateOf("bob", stopped))).rejects.toThrow("ENOENT");
    first.signal("SIGCONT");
    await first.saw(waits);
    await interrupt(first);
    await expectKeysOf("ada", stopped);
    expect(await firstRoots(stopped)).toBeUndefined();
  });

  it("lets one of two pass that start together, whichever it is", async () => {
    const clones = ["ada", "bob"].map((who) => ({ who, process: up(who, raced) }));
    const outcomes = await Promise.all(
      clones.map(async ({ who, process }) => ({
        who,
        process,
        passed: await process.saw(waits).then(
          () => true,
          () => false,
        ),
      })),
    );
    const [winner, ...others] = outcomes.filter(({ passed }) => passed);
    const loser = outcomes.find(({ passed }) => !passed);
    expect(others).toEqual([]);
    if (winner === undefined || loser === undefined) throw new Error("none has passed");
    await interrupt(winner.process);
    expect(loser.process.output.stderr).toMatch(/error EDGE_(APPLY_FIRST_ELSEWHERE|TRUST_OTHER_KEY)/);
    await expect(access(stateOf(loser.who, raced))).rejects.toThrow("ENOENT");
    await expectKeysOf(winner.who, raced);
  });
});
