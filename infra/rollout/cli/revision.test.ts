import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import type { Fleet } from "../model/index.ts";
import { readPins } from "./revision.ts";

const directory = temporaryDirectory();
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
};

write("Pulumi.yaml", "name: iotedge\nruntime: nodejs\n");
write("fleet.yaml", "name: plants\n");
write(".edge/images.json", '{"proxy":"built/proxy:1","modules":{"sensor":"built/sensor:1"}}');
write("released.json", '{"proxy":"released/proxy:7"}');
write("Pulumi.lab.yaml", "config: {}\n");
write("Pulumi.plant.yaml", "config: { iotedge:imagesFile: released.json }\n");
write("Pulumi.own.yaml", "config: { iotedge:images: { proxy: own/proxy:3 } }\n");

const imagesOf = async (...stacks: readonly string[]) => {
  const clusters = stacks.map((stack) => ({ name: stack, stack }));
  return (await readPins(directory, { clusters } as unknown as Fleet, join(directory, "fleet.yaml"))).images;
};

describe("the images that a run pins", () => {
  it("are those of the file that a stack names, and of no other", async () => {
    expect(await imagesOf("plant")).toEqual({ "plant/proxy": "released/proxy:7" });
  });

  it("are those that a stack has itself, and those of the default file by their keys alone", async () => {
    expect(await imagesOf("lab", "own", "plant")).toEqual({
      proxy: "built/proxy:1",
      "modules.sensor": "built/sensor:1",
      "own/proxy": "own/proxy:3",
      "plant/proxy": "released/proxy:7",
    });
  });
});
