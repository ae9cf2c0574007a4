import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commitImages, type ImagePlan } from "./build-images.ts";
import { openImageCache } from "./cache.ts";
import { createToolbox, type Toolbox } from "./command.ts";
import type { Entry } from "./content.ts";
import type { BuildContext } from "./context.ts";
import type { Architecture } from "./platform.ts";

/** A context that writes down which programs run. */
function contextIn(directory: string) {
  const ran: string[] = [];
  const real = createToolbox({ cache: directory, say: () => {}, signal: new AbortController().signal });
  const toolbox: Toolbox = {
    ...real,
    run: (program, args, options) => {
      ran.push([program, ...args].join(" "));
      return real.run(program, args, options);
    },
  };
  const context: BuildContext = { toolbox, cache: openImageCache(directory), locked: false };
  return { context, ran };
}

/** A file of an image's archive. */
function read(archive: string, path: string): Buffer {
  return execFileSync("tar", ["-xOf", archive, `./${path}`], { maxBuffer: 1e8 });
}
const json = (archive: string, path: string) => JSON.parse(read(archive, path).toString());
const blob = (digest: string) => `blobs/sha256/${digest.replace("sha256:", "")}`;

const file = (path: string, text: string): Entry => ({ path, mode: 0o644, bytes: Buffer.from(text) });
const plan = (
  name: ImagePlan["definition"]["name"],
  own: string,
  base: readonly Entry[] = [],
  options: { readonly budgetBytes?: number; readonly architectures?: readonly Architecture[] } = {},
): ImagePlan => ({
  definition: {
    name,
    budgetBytes: options.budgetBytes ?? 100,
    config: { entrypoint: ["/x"], environment: { A: "1" }, labels: { l: "1" }, stopSignal: "SIGUSR1" },
  },
  contents: new Map(
    (options.architectures ?? ["amd64"]).map((architecture) => [architecture, { base, own: [file("/own", own)] }]),
  ),
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "build-images-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe.skipIf(process.platform !== "linux")("commitImages", () => {
  it("builds as the unprivileged user, under a reference that stands for the content", async () => {
    const { context } = contextIn(directory);
    const [image] = await commitImages(context, [plan("proxy", "abc")]);
    expect(image).toMatchObject({ name: "proxy", unpackedBytes: 3, budgetBytes: 100, cached: false });
    expect(image?.reference).toMatch(/^localhost\/pulumi-iotedge\/proxy:[0-9a-f]{12}$/);
    expect(readdirSync(directory)).toEqual(["archives"]);
    const archive = image?.archive ?? "";
    const [docker] = json(archive, "manifest.json");
    expect(docker.RepoTags).toEqual([image?.reference]);
    expect(json(archive, docker.Config)).toMatchObject({
      architecture: "amd64",
      config: { User: "1000:1000", Entrypoint: ["/x"], Env: ["A=1"], Labels: { l: "1" }, StopSignal: "SIGUSR1" },
    });
    const listing = execFileSync("tar", ["--numeric-owner", "-tvzf", "-"], { input: read(archive, docker.Layers[0]) });
    expect(listing.toString()).toMatch(
      /^drwxr-xr-x 0\/0 +0 1970-01-01 \S+ \.\/\n-rw-r--r-- 0\/0 +3 1970-01-01 \S+ \.\/own\n$/,
    );
  });

  it("has one index for all platforms, by which each finds its own", async () => {
    const { context } = contextIn(directory);
    const [image] = await commitImages(context, [plan("proxy", "abc", [], { architectures: ["amd64", "arm64"] })]);
    const archive = image?.archive ?? "";
    expect(image?.platforms).toEqual(["linux/amd64", "linux/arm64"]);
    const [named] = json(archive, "index.json").manifests;
    expect(named).toMatchObject({
      digest: image?.digest,
      annotations: { "io.containerd.image.name": image?.reference },
    });
    const { manifests } = json(archive, blob(named.digest));
    for (const { platform, digest } of manifests) {
      const manifest = json(archive, blob(digest));
      expect(json(archive, blob(manifest.config.digest)).architecture).toBe(platform.architecture);
    }
    expect(manifests.map(({ platform }: { platform: object }) => platform)).toEqual([
      { architecture: "amd64", os: "linux" },
      { architecture: "arm64", os: "linux" },
    ]);
    const [alone] = await commitImages(context, [plan("proxy", "abc")]);
    expect(alone?.digest).not.toBe(image?.digest);
  });

  it("gives the same digest in another directory, at another time, by another user's umask", async () => {
    const base = [file("/lib/b", "b")];
    const digests: (string | undefined)[] = [];
    for (const [name, umask] of [
      ["here", 0o022],
      ["elsewhere-and-longer", 0o077],
    ] as const) {
      const before = process.umask(umask);
      try {
        const { context } = contextIn(join(directory, name));
        const [image] = await commitImages(context, [plan("iotedged", "abc", base)], { version: "1.2.3" });
        digests.push(image?.digest);
      } finally {
        process.umask(before);
      }
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it("tells an image that has other annotations apart", async () => {
    const { context } = contextIn(directory);
    const [one] = await commitImages(context, [plan("proxy", "abc")], {
      version: "1.2.3",
      annotations: { revision: "1" },
    });
    const [other] = await commitImages(context, [plan("proxy", "abc")], {
      version: "1.2.3",
      annotations: { revision: "2" },
    });
    expect(one?.reference).not.toBe(other?.reference);
    const [named] = json(one?.archive ?? "", "index.json").manifests;
    expect(json(one?.archive ?? "", blob(named.digest)).annotations).toEqual({
      revision: "1",
      "org.opencontainers.image.version": "1.2.3",
      "org.opencontainers.image.base.name": "scratch",
    });
  });

  it("takes an image of the same content from the cache", async () => {
    const { context, ran } = contextIn(directory);
    const [first] = await commitImages(context, [plan("proxy", "abc")]);
    ran.length = 0;
    expect(await commitImages(context, [plan("proxy", "abc")])).toEqual([{ ...first, cached: true }]);
    expect(ran.filter((command) => !command.startsWith("tar --extract"))).toEqual([]);
    const [changed] = await commitImages(context, [plan("proxy", "abd")]);
    expect(changed?.reference).not.toBe(first?.reference);
  });

  it("makes a layer that images share once", async () => {
    const { context, ran } = contextIn(directory);
    const base = [file("/base", "b")];
    const images = await commitImages(context, [plan("iotedged", "1", base), plan("sample", "2", base)]);
    const layers = images.map(({ archive }) => json(archive, "manifest.json")[0].Layers);
    expect(layers.map((names) => names.length)).toEqual([2, 2]);
    expect(layers[0][0]).toBe(layers[1][0]);
    expect(ran.filter((command) => command.startsWith("gzip"))).toHaveLength(3);
  });

  it("refuses an image above its budget, or with a program of another machine, before it is built", async () => {
    const { context, ran } = contextIn(directory);
    const building = commitImages(context, [plan("proxy", "four", [], { budgetBytes: 3 })]);
    await expect(building).rejects.toMatchObject({ code: "EDGE_IMAGES_BUDGET" });
    const arm64: Entry = { path: "/x", mode: 0o755, bytes: Buffer.from("\x7fELF\x02\x01............\xb7\0", "latin1") };
    const wrong = commitImages(context, [plan("proxy", "abc", [arm64])]);
    await expect(wrong).rejects.toMatchObject({ code: "EDGE_IMAGES_ARCHITECTURE" });
    expect(ran).toEqual([]);
  });

  it("leaves no half-made archive behind when it fails", async () => {
    const { context } = contextIn(directory);
    const { toolbox } = context;
    const run: Toolbox["run"] = async (program, args, options) => {
      if (program === "gzip") throw new Error("no space");
      return toolbox.run(program, args, options);
    };
    const building = commitImages({ ...context, toolbox: { ...toolbox, run } }, [plan("proxy", "abc")]);
    await expect(building).rejects.toThrow("no space");
    expect(readdirSync(join(directory, "archives"))).toEqual([]);
    expect(readdirSync(directory)).toEqual(["archives"]);
  });

  it("keeps the three archives of an image that were used last", async () => {
    const { context } = contextIn(directory);
    await commitImages(context, [plan("sample", "other")]);
    const archives: string[] = [];
    for (const [index, content] of ["1", "2", "3", "4"].entries()) {
      const [image] = await commitImages(context, [plan("proxy", content)]);
      archives.push(image?.archive ?? "");
      if (index < 3) utimesSync(image?.archive ?? "", index + 1, index + 1);
    }
    expect(archives.map((archive) => existsSync(archive))).toEqual([false, true, true, true]);
    expect(readdirSync(join(directory, "archives")).some((name) => name.startsWith("sample-"))).toBe(true);
  });
});
