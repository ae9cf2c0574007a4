import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ImagePlan } from "./build-images.ts";
import { writeImageFiles } from "./image-files.ts";
import type { Architecture } from "./platform.ts";

const plan = (...architectures: Architecture[]): ImagePlan => ({
  definition: { name: "proxy", budgetBytes: 100, config: { entrypoint: ["/x"], environment: {}, labels: {} } },
  contents: new Map(
    architectures.map((architecture) => [
      architecture,
      {
        base: [{ path: "/tmp", mode: 0o1777, directory: true }],
        own: [{ path: "/etc/x", mode: 0o640, bytes: Buffer.from(architecture) }],
      },
    ]),
  ),
});

it("writes what an image has of all layers, and refuses to mix platforms", async () => {
  const directory = await mkdtemp(join(tmpdir(), "image-files-"));
  try {
    await writeImageFiles([plan("arm64")], directory);
    const root = join(directory, "proxy");
    expect((await readdir(root, { recursive: true })).sort()).toEqual(["etc", "etc/x", "tmp"]);
    expect(await readFile(join(root, "etc/x"), "utf8")).toBe("arm64");
    expect((await stat(join(root, "etc/x"))).mode & 0o7777).toBe(0o640);
    expect((await stat(join(root, "tmp"))).mode & 0o7777).toBe(0o1777);
    await expect(writeImageFiles([plan("amd64", "arm64")], directory)).rejects.toMatchObject({
      code: "EDGE_IMAGES_FILES_PLATFORM",
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
