import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
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

it("takes the package from the tarball of its checkout, and says how to make one", async () => {
  let printed = "";
  const output = { write: (text: string) => (printed += text) };
  const flags = { name: "plant", stack: "dev", json: false };
  const plant = join(directory, "plant");
  await initCommand(plant, flags, { output } as unknown as CommandContext);
  const { dependencies } = JSON.parse(await readFile(join(plant, "package.json"), "utf8"));
  const tarball = /^file:(.*\/\.edge\/pulumi-iotedge-[\d.]+\.tgz)$/.exec(dependencies["pulumi-iotedge"])?.[1] ?? "";
  const isPacked = existsSync(resolve(plant, tarball));
  expect(/^ {2}npm run --prefix \S+ package\n {2}npm install$/m.test(printed)).toBe(!isPacked);
  await writeFile(join(plant, "package.json"), '{"type":"module","dependencies":{"pulumi-iotedge":"file:own.tgz"}}');
  printed = "";
  await initCommand(plant, flags, { output } as unknown as CommandContext);
  expect(printed).not.toContain("npm run");
});
