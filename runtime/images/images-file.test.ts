import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { updateImagesFile } from "./images-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "images-file-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const all = { iotedged: "i:1", "edge-agent": "a:1", proxy: "p:1", sample: "s:1" };

describe("updateImagesFile", () => {
  it("writes all references, in the form that the stack reads", async () => {
    const path = join(directory, "new", "images.json");
    expect(await updateImagesFile(path, all)).toBe(true);
    const images = { iotedged: "i:1", edgeAgent: "a:1", proxy: "p:1", modules: { sample: "s:1" } };
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(images);
  });

  it("replaces what is new and keeps the rest, modules of others included", async () => {
    const path = join(directory, "images.json");
    await updateImagesFile(path, all);
    const before = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...before, modules: { ...before.modules, camera: "c:7" } }));
    await updateImagesFile(path, { proxy: "p:2" });
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      ...before,
      proxy: "p:2",
      modules: { sample: "s:1", camera: "c:7" },
    });
  });

  it("waits until every image of the runtime has a reference", async () => {
    const path = join(directory, "images.json");
    expect(await updateImagesFile(path, { proxy: "p:1", sample: "s:1" })).toBe(false);
    expect(existsSync(path)).toBe(false);
  });

  it.each(["{", "[]", '{"proxy": 1}', '{"iotedged":"i","edgeAgent":"a","proxy":"p","other":1}'])(
    "leaves the invalid file %s alone",
    async (content) => {
      const path = join(directory, "images.json");
      writeFileSync(path, content);
      await expect(updateImagesFile(path, all)).rejects.toMatchObject({ code: "EDGE_IMAGES_FILE_INVALID" });
      expect(readFileSync(path, "utf8")).toBe(content);
    },
  );
});
