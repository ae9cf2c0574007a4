import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createArtifacts } from "./artifacts.ts";
import { createSealedStore, readOrMakeKey } from "./sealed-store.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-sealed-"));
});
afterEach(() => rm(directory, { recursive: true }));

const key = randomBytes(32);

describe("sealed store", () => {
  test("gives back what it got, and shows nothing of it", async () => {
    const store = createSealedStore(directory, key);
    const { file, digest } = await store.write("desired/a", { secret: "hunter2hunter2" });
    expect(await store.read(file, digest)).toEqual({ secret: "hunter2hunter2" });
    expect((await readFile(join(directory, file))).includes("hunter2")).toBe(false);
    expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
  });

  test("refuses another key, a changed byte, another digest, a missing file", async () => {
    const store = createSealedStore(directory, key);
    const { file, digest } = await store.write("a", [1, 2, 3]);
    const failure = { code: "EDGE_ROLLOUT_ARTIFACT" };
    await expect(createSealedStore(directory, randomBytes(32)).read(file)).rejects.toMatchObject(failure);
    await expect(store.read(file, "0".repeat(64))).rejects.toMatchObject(failure);
    await expect(store.read("b.sealed")).rejects.toMatchObject(failure);
    const sealed = await readFile(join(directory, file));
    for (const place of [0, 20, 35, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
      await writeFile(join(directory, file), changed);
      await expect(store.read(file)).rejects.toMatchObject(failure);
      await expect(store.read(file, digest)).rejects.toMatchObject(failure);
    }
  });

  test("a later capture does not replace what was there before the run", async () => {
    const artifacts = createArtifacts(createSealedStore(directory, key));
    const state = (name: string) => ({
      version: 1 as const,
      stack: "s",
      deployed: true,
      objects: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name } }],
    });
    const first = await artifacts.saveCapture("c", state("before"));
    await artifacts.saveCapture("c", state("half done"));
    expect((await artifacts.readCapture(first)).objects[0]?.metadata.name).toBe("before");
  });
});

describe("the key", () => {
  test("is made once, for several at the same time", async () => {
    const file = join(directory, "deep", "rollouts.key");
    const keys = await Promise.all(Array.from({ length: 5 }, () => readOrMakeKey(file)));
    expect(new Set(keys.map((one) => one.toString("hex"))).size).toBe(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("is refused when others can read it, or when it is none", async () => {
    const file = join(directory, "rollouts.key");
    await writeFile(file, "short", { mode: 0o600 });
    await expect(readOrMakeKey(file)).rejects.toMatchObject({ code: "EDGE_ROLLOUT_KEY" });
    await chmod(file, 0o644);
    await expect(readOrMakeKey(file)).rejects.toThrow("others can read it");
  });
});
