import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSigner, type Signer } from "../support/cosign.ts";
import { edgectl } from "../support/edgectl.ts";
import { hasRegistryTools, type Registry, startRegistry } from "../support/registry.ts";
import { runProgram } from "../support/run-program.ts";
import { manifestAt } from "./images-build/image-content.ts";

const minutes = 60_000;
const signImages = resolve(import.meta.dirname, "../../.github/scripts/sign-images.sh");
const canBuild = process.platform === "linux" && existsSync("/usr/bin/dpkg-deb") && (await hasRegistryTools());
const manifestType = "application/vnd.oci.image.index.v1+json";
const signed = ["iotedged", "edgeAgent", "proxy"] as const;
let directory: string;
let registry: Registry;
let signer: Signer;
let imagesFile: string;
let images: Readonly<Record<(typeof signed)[number], string>>;

/** Signs as the workflow of a release does, but by a key. */
async function signAll(list: string) {
  const { programs, env, words } = signer.byScript;
  const path = [programs, process.env.PATH].join(delimiter);
  return runProgram("bash", [signImages, list, ...words], { cwd: directory, env: { ...env, PATH: path } });
}

/** Puts a manifest into the repository of an image. */
async function put(repository: string, reference: string, manifest: string): Promise<void> {
  const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/${reference}`, {
    ...{ method: "PUT", headers: { "content-type": manifestType }, body: manifest },
  });
  expect(answer.status).toBe(201);
}

describe.skipIf(!canBuild)("signatures of the images of a release", { timeout: 5 * minutes }, () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "edge-images-signatures-"));
    registry = await startRegistry();
    signer = await makeSigner(directory);
    imagesFile = join(directory, "images.json");
    const flags = ["--platform", "linux/amd64,linux/arm64", "--images-file", imagesFile, "--insecure"];
    const pushed = await edgectl(["images", "push", "--registry", `${registry.host}/edge`, ...flags], {
      cwd: directory,
    });
    expect(pushed).toMatchObject({ code: 0 });
    images = JSON.parse(await readFile(imagesFile, "utf8"));
    expect((await signer.verify(images.proxy)).stderr).toContain("no signatures found");
    expect(await signAll(imagesFile)).toMatchObject({ code: 0 });
  }, 20 * minutes);
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it("are on the index of each, under the digest that a stack names it by", async () => {
    for (const name of signed) {
      const verified = await signer.verify(images[name]);
      expect({ name, ...verified }).toMatchObject({ name, code: 0 });
      const [, digest] = images[name].split("@");
      const [{ critical }] = JSON.parse(verified.stdout);
      expect(critical.image).toEqual({ "docker-manifest-digest": digest });
    }
  });

  it("do not hold for an image that was changed, nor when they are put beside it", async () => {
    const repository = "edge/proxy";
    const [at = "", digest = ""] = images.proxy.split("@");
    const index = await manifestAt(registry, repository, digest);
    const annotations = { ...index.annotations, "org.opencontainers.image.version": "changed" };
    const changed = JSON.stringify({ ...index, annotations });
    const other = `sha256:${createHash("sha256").update(changed).digest("hex")}`;
    await put(repository, other, changed);
    expect(await signer.verify(`${at}@${other}`)).toMatchObject({
      ...{ code: expect.not.toSatisfy((code) => code === 0) },
      stderr: expect.stringContaining("no signatures found"),
    });
    const signatures = await manifestAt(registry, repository, digest.replace(":", "-"));
    await put(repository, other.replace(":", "-"), JSON.stringify(signatures));
    const taken = await signer.verify(`${at}@${other}`);
    expect(taken.code).not.toBe(0);
    expect(taken.stderr).toContain("artifact digest does not match any digest in statement");
  });

  it("are no one else's", async () => {
    const folder = join(directory, "other");
    await mkdir(folder);
    const other = await makeSigner(folder);
    expect((await other.verify(images.iotedged)).code).not.toBe(0);
  });

  it("are given to nothing that is named by a tag", async () => {
    const list = join(directory, "tagged.json");
    await writeFile(list, JSON.stringify({ ...images, proxy: `${registry.host}/edge/proxy:latest` }));
    const outcome = await signAll(list);
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toContain("is not named by its digest");
  });
});
