import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { edgectl } from "../support/edgectl.ts";
import { hasRegistryTools, type Registry, startRegistry } from "../support/registry.ts";
import { runProgram } from "../support/run-program.ts";
import { startEndlessRegistry } from "./images-copy/endless-registry.ts";
import { makeImage } from "./images-copy/made-image.ts";

const program = fileURLToPath(new URL("../../infra/index.ts", import.meta.url));
const hasTools = await hasRegistryTools();
let directory: string;
let from: Registry;
/** Digests by key. The proxy's is in Docker's own format. */
const digests: Record<string, string> = {};
const accept = ["oci.image.index.v1", "oci.image.manifest.v1", "docker.distribution.manifest.v2"]
  .map((type) => `application/vnd.${type}+json`)
  .join(", ");

async function manifestAt(registry: Registry, repository: string, reference: string) {
  const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/${reference}`, {
    headers: { accept },
  });
  if (!answer.ok) return undefined;
  const bytes = Buffer.from(await answer.arrayBuffer());
  return {
    digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    content: JSON.parse(bytes.toString()),
  };
}

async function skopeo(...args: string[]): Promise<void> {
  const outcome = await runProgram("skopeo", ["--insecure-policy", ...args]);
  if (outcome.code !== 0) throw new Error(outcome.stderr);
}

const path = (name: string) => join(directory, name);
const run = (...args: string[]) => edgectl(args, { cwd: directory });
const list = ["--from", "list.json", "--image"];
/** What is named beside the list. */
const web = () => `modules.web=${from.host}/vendor/web:1.0`;
const plain = ["--insecure-source", "--json"];
const ok = expect.objectContaining({ code: 0 });

beforeAll(async () => {
  if (!hasTools) return;
  directory = await mkdtemp(join(tmpdir(), "edge-images-copy-"));
  from = await startRegistry();
  for (const [key, repository] of Object.entries({
    iotedged: "e/iotedged",
    edgeAgent: "e/edge-agent",
    "modules.web": "vendor/web",
  })) {
    const layout = path(`made-${key}`);
    await mkdir(layout);
    digests[key] = await makeImage(layout, key);
    await skopeo(
      "copy",
      "--all",
      "--preserve-digests",
      "--dest-tls-verify=false",
      `oci:${layout}:made`,
      `docker://${from.host}/${repository}:1.0`,
    );
  }
  const docker = ["--override-arch", "amd64", "--format", "v2s2", "--src-tls-verify=false", "--dest-tls-verify=false"];
  await skopeo("copy", ...docker, `docker://${from.host}/e/iotedged:1.0`, `docker://${from.host}/e/proxy:1.0`);
  digests.proxy = (await manifestAt(from, "e/proxy", "1.0"))?.digest ?? "";
  const reference = (key: string, name: string) => `${from.host}/e/${name}@${digests[key]}`;
  const images = {
    iotedged: reference("iotedged", "iotedged"),
    edgeAgent: reference("edgeAgent", "edge-agent"),
    proxy: reference("proxy", "proxy"),
  };
  await writeFile(path("list.json"), JSON.stringify(images));
});
afterAll(async () => {
  if (!hasTools) return;
  await from[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Everything is in the registry under its digest and a tag, with both platforms. */
async function arrivedIn(to: Registry, prefix: string): Promise<void> {
  for (const [key, name] of Object.entries({
    iotedged: "iotedged",
    edgeAgent: "edge-agent",
    proxy: "proxy",
    "modules.web": "web",
  })) {
    const repository = `${prefix}/${name}`;
    const found = await manifestAt(to, repository, digests[key] ?? "");
    expect(found?.digest, key).toBe(digests[key]);
    const tag = key === "modules.web" ? "1.0" : `sha256-${digests[key]?.slice(7, 19)}`;
    expect((await manifestAt(to, repository, tag))?.digest, key).toBe(digests[key]);
    const platforms = found?.content.manifests ?? [];
    expect(platforms, key).toHaveLength(key === "proxy" ? 0 : 2);
    for (const { digest } of platforms) expect((await manifestAt(to, repository, digest))?.digest).toBe(digest);
  }
}

describe.skipIf(!hasTools)("images on their way to where there is no internet", () => {
  it("are saved into an archive and loaded into another registry, with digests and platforms as they were", async () => {
    const saved = await run("images", "save", ...list, web(), "--out", "all.tar", ...plain);
    expect(saved).toEqual(ok);
    const keys = Object.fromEntries(
      JSON.parse(saved.stdout).images.map((one: { key: string; digest: string }) => [one.key, one.digest]),
    );
    expect(keys).toEqual(digests);
    await using to = await startRegistry();
    const target = ["--registry", `${to.host}/plant/`, "--insecure", "--images-file", "there.json"];
    expect(await run("images", "load", "all.tar", ...target)).toEqual(ok);
    await arrivedIn(to, "plant");
    expect(JSON.parse(await readFile(path("there.json"), "utf8"))).toEqual({
      iotedged: `${to.host}/plant/iotedged@${digests.iotedged}`,
      edgeAgent: `${to.host}/plant/edge-agent@${digests.edgeAgent}`,
      proxy: `${to.host}/plant/proxy@${digests.proxy}`,
      modules: { web: `${to.host}/plant/web@${digests["modules.web"]}` },
    });
  });

  it("are saved into a folder that other tools read as an OCI layout", async () => {
    expect(await run("images", "save", ...list, web(), "--out", "folder", ...plain)).toEqual(ok);
    const index = JSON.parse(await readFile(path("folder/index.json"), "utf8"));
    const found = index.manifests.map(({ digest }: { digest: string }) => digest).sort();
    expect(found).toEqual(
      Object.entries(digests)
        .flatMap(([key, digest]) => (key === "proxy" ? [] : [digest]))
        .sort(),
    );
    await using to = await startRegistry();
    expect(await run("images", "load", "folder", "--registry", `${to.host}/plant`, "--insecure")).toEqual(ok);
    await arrivedIn(to, "plant");
  });

  it("are mirrored from registry to registry", async () => {
    await using to = await startRegistry();
    const target = ["--registry", `${to.host}/plant`, "--insecure"];
    expect(await run("images", "mirror", ...list, web(), ...target, ...plain)).toEqual(ok);
    await arrivedIn(to, "plant");
    expect(await run("images", "mirror", ...list, web(), ...target, ...plain)).toEqual(ok);
  });

  it("are those of a stack, with what its manifest names beside them", async () => {
    await mkdir(path("stacks"), { recursive: true });
    const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
    await writeFile(path("Pulumi.yaml"), stringify(project));
    const modules = {
      web: {
        type: "docker",
        status: "running",
        restartPolicy: "always",
        settings: { image: `${from.host}/vendor/web:1.0` },
      },
    };
    const desired = { schemaVersion: "1.1", runtime: { type: "docker", settings: {} }, systemModules: {}, modules };
    const deployment = { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
    const installations = [{ namespace: "line-1", deployment }];
    const config = {
      "iotedge:images": JSON.parse(await readFile(path("list.json"), "utf8")),
      "iotedge:installations": installations,
    };
    await writeFile(path("stacks/Pulumi.dev.yaml"), stringify({ config }));
    const saved = await run("images", "save", "--stack", "dev", "--out", "stack.tar", ...plain);
    expect(saved).toEqual(ok);
    expect(
      JSON.parse(saved.stdout)
        .images.map(({ key }: { key: string }) => key)
        .sort(),
    ).toEqual(Object.keys(digests).sort());
  });

  it("do not arrive when something has changed them", async () => {
    expect(await run("images", "save", ...list, web(), "--out", "changed", ...plain)).toEqual(ok);
    const blobs = path("changed/blobs/sha256");
    for (const name of await readdir(blobs)) {
      const text = await readFile(join(blobs, name));
      if (text[0] === 0x1f) await writeFile(join(blobs, name), Buffer.concat([text, Buffer.from("x")]));
    }
    await using to = await startRegistry();
    const loaded = await run("images", "load", "changed", "--registry", `${to.host}/plant`, "--insecure");
    expect(loaded).toMatchObject({ code: 1, stderr: expect.stringContaining("EDGE_COPY_FAILED") });
    expect(await manifestAt(to, "plant/iotedged", digests.iotedged ?? "")).toBeUndefined();
  });

  describe.runIf(process.platform === "linux")("from a registry whose layer has no end", () => {
    const said = { code: 1, stderr: expect.stringContaining("sends more than the manifest says") };

    it("are not saved: what was read is bounded, and gone", async () => {
      await using hostile = await startEndlessRegistry(1000);
      const image = ["--image", `modules.x=${hostile.host}/x:1`];
      expect(await run("images", "save", "--out", "x.tar", "--insecure-source", ...image)).toMatchObject(said);
      expect(hostile.sent).toMatchObject({ layers: 1 });
      expect((await readdir(directory)).filter((name) => name.startsWith(".") || name === "x.tar")).toEqual([]);
    });

    it("are not mirrored", async () => {
      await using to = await startRegistry();
      await using hostile = await startEndlessRegistry(1000);
      const image = ["--image", `modules.x=${hostile.host}/x:1`];
      const target = ["--registry", `${to.host}/plant`, "--insecure", "--insecure-source"];
      expect(await run("images", "mirror", ...image, ...target)).toMatchObject(said);
      expect(await manifestAt(to, "plant/x", "1")).toBeUndefined();
    });
  });

  it.each([
    ["says nothing of its size", undefined, "does not say how large it is"],
    ["says that it is as large as no image is", 2 ** 40, "more than 64 GiB"],
  ])("are not asked for where the manifest %s", async (_, size, said) => {
    await using hostile = await startEndlessRegistry(size);
    const image = ["--image", `modules.x=${hostile.host}/x:1`];
    const refused = await run("images", "save", "--out", "x.tar", "--insecure-source", ...image);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(said) });
    expect(hostile.sent.layers).toBe(0);
  });

  it.each([
    ["an archive that is there", "EDGE_COPY_ARCHIVE", () => ["save", ...list, web(), "--out", "all.tar", ...plain]],
    ["what is no archive", "EDGE_COPY_ARCHIVE", () => ["load", "list.json", "--registry", "127.0.0.1:1/x"]],
    ["a file that is not there", "EDGE_COPY_ARCHIVE", () => ["load", "none.tar", "--registry", "127.0.0.1:1/x"]],
    ["a folder without a list", "EDGE_COPY_ARCHIVE", () => ["load", "stacks", "--registry", "127.0.0.1:1/x"]],
    ["no image", "EDGE_COPY_NOTHING", () => ["save", "--out", "x.tar"]],
    ["what is no reference", "EDGE_COPY_REFERENCE", () => ["save", "--out", "x.tar", "--image", "modules.web=A B"]],
    ["a registry that does not answer", "EDGE_COPY_FAILED", () => ["load", "folder", "--registry", "127.0.0.1:1/x"]],
    [
      "an image that is not there",
      "EDGE_COPY_FAILED",
      () => ["save", "--out", "x.tar", "--insecure-source", "--image", `modules.x=${from.host}/none:1`],
    ],
  ])("are refused with a code: %s", async (_, code, args) => {
    const refused = await run("images", ...args());
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`^(error |.*"code":")${code}\\b`, "m")),
    });
    await expect(stat(path("x.tar"))).rejects.toThrow("ENOENT");
    expect((await readdir(directory)).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
