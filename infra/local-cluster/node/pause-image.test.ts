import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { pauseArchive, pauseImage } from "./pause-image.ts";

const archive = pauseArchive(Buffer.from("program"));
const file = (name: string) => execFileSync("tar", ["-xOf", "-", name], { input: archive });

describe("pauseArchive", () => {
  it("is a docker-archive of one image", () => {
    expect(JSON.parse(file("manifest.json").toString())).toEqual([
      { Config: "config.json", RepoTags: [pauseImage], Layers: ["layer.tar"] },
    ]);
  });

  it("names its layer by the layer's digest", () => {
    const digest = createHash("sha256").update(file("layer.tar")).digest("hex");
    expect(JSON.parse(file("config.json").toString()).rootfs.diff_ids).toEqual([`sha256:${digest}`]);
  });

  it("is the same each time", () => {
    expect(pauseArchive(Buffer.from("program")).equals(archive)).toBe(true);
  });
});
