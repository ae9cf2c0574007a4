import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const project = join(import.meta.dirname, "../..");

test("no unit test replaces a module: they share a process", async () => {
  const replacing: string[] = [];
  for await (const file of glob("{infra,runtime,docs}/**/*.test.ts", { cwd: project })) {
    if (/\bvi\.(?:do)?mock\(/i.test(await readFile(join(project, file), "utf8"))) replacing.push(file);
  }
  expect(replacing).toEqual([]);
});
