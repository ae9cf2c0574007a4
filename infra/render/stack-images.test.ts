import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readStackImages } from "./stack-images.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "images-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const read = (config: Readonly<Record<string, string>>, released?: string) =>
  readStackImages(
    { directory, config: new Map(Object.entries(config).map(([key, text]) => [`iotedge:${key}`, text])) },
    released,
  );

describe("readStackImages", () => {
  it("reads the file that the stack names", async () => {
    await writeFile(join(directory, "released.json"), '{"proxy":"r/proxy:1","modules":{"sensor":"r/sensor:1"}}');
    expect(await read({ imagesFile: "released.json" })).toEqual({
      file: "released.json",
      references: { proxy: "r/proxy:1", "modules.sensor": "r/sensor:1" },
    });
  });

  it("reads no file where the stack names the images itself", async () => {
    const images = '{"proxy":"own/proxy:1","modules":{"sensor":"own/sensor:1"}}';
    expect(await read({ images })).toEqual({
      file: undefined,
      references: { proxy: "own/proxy:1", "modules.sensor": "own/sensor:1" },
    });
  });

  it.each([undefined, "[1]", "hello"])("has no reference where the file holds %j", async (text) => {
    if (text !== undefined) await writeFile(join(directory, "released.json"), text);
    expect(await read({ imagesFile: "released.json", images: "{}" })).toEqual({
      file: "released.json",
      references: {},
    });
    expect((await read({})).file).toBe(".edge/images.json");
  });

  it("has those of a release where none were built", async () => {
    const released = join(directory, "released.json");
    await writeFile(released, '{"proxy":"r/proxy:1"}');
    expect(await read({}, released)).toEqual({ file: released, references: { proxy: "r/proxy:1" } });
    expect((await read({ imagesFile: "own.json" }, released)).file).toBe("own.json");
    await mkdir(join(directory, ".edge"));
    await writeFile(join(directory, ".edge/images.json"), '{"proxy":"built:1"}');
    expect((await read({}, released)).references).toEqual({ proxy: "built:1" });
  });
});
