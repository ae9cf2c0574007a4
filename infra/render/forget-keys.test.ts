import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestRendering, type TestRendering } from "../trust/test/rendering.ts";

const r1 = { id: "r1", state: "active" };
const r2 = { id: "r2", state: "active" };

let directory: string;
let rendering: TestRendering;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trust-keys-"));
  rendering = await createTestRendering(directory, Date.now);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const state = () => readFile(join(directory, "local.json"), "utf8");
/** Every form of the private keys of a resource that the state has. */
async function secretsOf(name: string): Promise<readonly string[]> {
  const { resources } = JSON.parse(await state());
  const entry = resources[Object.keys(resources).find((urn) => urn.endsWith(`PrivateKey::${name}`)) ?? ""];
  return ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"]
    .map((form) => entry.outputs[form])
    .filter(Boolean);
}

/** All files, so that no copy stays beside the state either. */
async function everythingKept(): Promise<string> {
  const files = await readdir(directory);
  return (await Promise.all(files.map((file) => readFile(join(directory, file), "utf8")))).join();
}

describe("the keys of what is declared no more", () => {
  it("stay while the change is not deployed, and then leave the state", async () => {
    await rendering.render({ roots: [r1] });
    const secrets = [...(await secretsOf("edge-a-root-r1")), ...(await secretsOf("edge-a-workload-ca"))];
    expect(secrets.length).toBeGreaterThanOrEqual(4);
    await rendering.render({ roots: [r1, { ...r2, state: "next" }] });
    await rendering.forget();
    await rendering.render({ roots: [{ ...r1, state: "retired" }, r2], workloadCa: { id: "w2" } });
    await rendering.forget();
    expect(await everythingKept()).toContain(JSON.stringify(secrets[0]));

    await rendering.render({ roots: [r2], workloadCa: { id: "w2" } });
    expect(await everythingKept()).toContain(JSON.stringify(secrets[0]));
    await rendering.forget();
    const kept = await everythingKept();
    for (const secret of secrets) expect(kept).not.toContain(JSON.stringify(secret));
    expect(kept).not.toContain("root-r1");
  });

  it("are all that leaves it: what is deployed stays the same", async () => {
    await rendering.render({ roots: [r1, { ...r2, state: "next" }] });
    await rendering.render({ roots: [{ ...r1, state: "retired" }, r2] });
    const before = await rendering.render({ roots: [r2] });
    await rendering.forget();
    expect(await rendering.render({ roots: [r2] })).toEqual(before);
  });

  it("leave it only when it is known whose they were", async () => {
    await rendering.render({ roots: [r1, { ...r2, state: "next" }] });
    const old = JSON.parse(await state());
    for (const entry of Object.values<{ owner?: string }>(old.resources)) delete entry.owner;
    const other = await createTestRendering(directory, Date.now, JSON.stringify(old));
    await other.render({ roots: [r1] });
    await other.forget();
    expect(await everythingKept()).toContain("root-r2");
    await other.render({ roots: [r1, { ...r2, state: "next" }] });
    await other.render({ roots: [r1] });
    await other.forget();
    expect(await everythingKept()).not.toContain("root-r2");
  });
});
