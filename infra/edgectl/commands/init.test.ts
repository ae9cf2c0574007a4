import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { CommandContext } from "../../terminal/index.ts";
import { type InitFlags, initCommand } from "./init.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-init-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const init = (flags: Partial<InitFlags>) =>
  initCommand(join(directory, "plant"), { stack: "dev", json: false, ...flags }, {
    output: { write: () => {} },
  } as unknown as CommandContext);

it.each([
  [{ stack: "a/b" }, '--stack "a/b" is not valid', "a letter, a digit or `_` first"],
  [{ stack: "" }, '--stack "" is not valid', "a letter, a digit or `_` first"],
  [{ name: "1st" }, '--name "1st" is not valid', "a letter first"],
])("says which names it takes, and writes nothing: %o", async (flags, message, rule) => {
  const remedy = expect.stringContaining(rule);
  await expect(init(flags)).rejects.toMatchObject({ code: "EDGE_INIT_NAME", message, remedy });
  expect(await readdir(directory)).toEqual([]);
});

it.each([
  [undefined, "there is no such file"],
  ["{", "it is not JSON"],
  ['{"iotedged":"r/d:1"}', "it does not name iotedged, edgeAgent and proxy"],
])("says what is wrong with the images %s", async (text, problem) => {
  const images = join(directory, "images.json");
  if (text !== undefined) await writeFile(images, text);
  const message = `${images} is no list of images: ${problem}`;
  await expect(init({ images })).rejects.toMatchObject({ code: "EDGE_INIT_IMAGES", message });
});

it("says how to go into the project's folder, whatever that is called", async () => {
  let printed = "";
  const output = { write: (text: string) => (printed += text) };
  const flags = { name: "plant", stack: "line-1", json: false };
  await initCommand(join(directory, "a plant;id"), flags, { output } as unknown as CommandContext);
  expect(printed).toMatch(/^ {2}cd '[^']*\/a plant;id'$/m);
});
