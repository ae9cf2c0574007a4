import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { packageSource } from "./package-source.ts";

let directory: string;
let packageDirectory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-source-"));
  packageDirectory = join(directory, "tools/node_modules/pulumi-iotedge");
  await mkdir(packageDirectory, { recursive: true });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const sourceOf = (isCheckout: boolean) =>
  packageSource({ packageDirectory, projectDirectory: join(directory, "plant"), version: "0.2.0", isCheckout });

it("is npm's registry of a release, which has its images with it", async () => {
  await writeFile(join(packageDirectory, "images.json"), "{}");
  expect(await sourceOf(false)).toEqual({ specifier: "0.2.0", before: [] });
});

it("is the tarball that edgectl was installed from, where nothing was released", async () => {
  const dependencies = { "pulumi-iotedge": "file:../packed/pulumi-iotedge-0.2.0.tgz" };
  await writeFile(join(directory, "tools/package.json"), JSON.stringify({ dependencies }));
  expect(await sourceOf(false)).toEqual({ specifier: "file:../packed/pulumi-iotedge-0.2.0.tgz", before: [] });
});

it("is what the checkout packs, once it has been packed", async () => {
  const specifier = "file:../tools/node_modules/pulumi-iotedge/.edge/pulumi-iotedge-0.2.0.tgz";
  expect(await sourceOf(true)).toEqual({ specifier, before: [`npm run --prefix ${packageDirectory} package`] });
  await mkdir(join(packageDirectory, ".edge"));
  await writeFile(join(packageDirectory, ".edge/pulumi-iotedge-0.2.0.tgz"), "");
  expect(await sourceOf(true)).toEqual({ specifier, before: [] });
});

it.each(["0.2.0", "file:../pulumi-iotedge", "git+ssh://git@example.com/x.tgz", 7])(
  "is left to the user where edgectl was installed by %s",
  async (specifier) => {
    const dependencies = { "pulumi-iotedge": specifier };
    await writeFile(join(directory, "tools/package.json"), JSON.stringify({ dependencies }));
    expect(await sourceOf(false)).toEqual({ specifier: "0.2.0", before: [expect.stringContaining("npm has no")] });
  },
);
