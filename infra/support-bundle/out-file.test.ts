import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createOutFile } from "./out-file.ts";

let directory: string;
let file: string;
const bytes = (text: string) => Buffer.from(text);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-out-"));
  file = join(directory, "bundle.zip");
});

afterEach(() => rm(directory, { recursive: true }));

it("is written as its parts come", async () => {
  const out = await createOutFile(file, false);
  for (const part of ["one ", "two"]) await out.write(bytes(part));
  await out.keep();
  expect(await readFile(file, "utf8")).toBe("one two");
});

it("leaves nothing behind when it is dropped", async () => {
  const out = await createOutFile(file, false);
  await out.write(bytes("half"));
  await out.drop();
  expect(await readdir(directory)).toEqual([]);
});

it("is not put in the place of another unless it is told to, and then only when it is whole", async () => {
  await writeFile(file, "old");
  await expect(createOutFile(file, false)).rejects.toMatchObject({ code: "EDGE_SUPPORT_FILE_EXISTS" });
  const half = await createOutFile(file, true);
  await half.write(bytes("half"));
  await half.drop();
  expect(await readFile(file, "utf8")).toBe("old");
  const whole = await createOutFile(file, true);
  await whole.write(bytes("new"));
  await whole.keep();
  expect([await readFile(file, "utf8"), await readdir(directory)]).toEqual(["new", ["bundle.zip"]]);
});

it("says why it cannot be written", async () => {
  const error = { code: "EDGE_CLI_OUTPUT", message: expect.stringContaining("ENOENT") };
  await expect(createOutFile(join(directory, "no/bundle.zip"), false)).rejects.toMatchObject(error);
});
