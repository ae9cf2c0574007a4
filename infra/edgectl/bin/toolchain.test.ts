import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";

const project = temporaryDirectory();
const write = (path: string, text: string) => writeFile(join(project, path), text, { mode: 0o755 });
const locked = (packages: Readonly<Record<string, object>>) => JSON.stringify({ packages: { "": {}, ...packages } });
const a = { "node_modules/a": { version: "1.0.0" } };
const forAnotherPlatform = { "node_modules/b-win32": { version: "1.0.0", optional: true } };

/** Whether npm was asked to install. What it puts into place is nothing. */
async function installs(packageLock: string, installed: string): Promise<boolean> {
  await write("package-lock.json", packageLock);
  await write("node_modules/.package-lock.json", installed);
  const program = `import("${project}/infra/edgectl/bin/toolchain.mjs").then(({ ensureDependencies }) => ensureDependencies())`;
  const env = { ...process.env, PATH: `${project}/path:${process.env.PATH}` };
  const { stderr } = await promisify(execFile)(process.execPath, ["-e", program], { env });
  return stderr.includes("npm ci --no-audit");
}

beforeAll(async () => {
  for (const path of ["infra/edgectl/bin", "path", "node_modules/node/bin"])
    await mkdir(join(project, path), { recursive: true });
  for (const file of ["toolchain.mjs", "young-generation.mjs"])
    await copyFile(join(import.meta.dirname, file), join(project, "infra/edgectl/bin", file));
  await write("path/npm", '#!/bin/sh\necho "npm $*" >&2\n');
  await write("node_modules/node/bin/node", "");
});

it.skipIf(process.platform === "win32")("programs are started with a small young generation", async () => {
  const program = `import("${import.meta.dirname}/toolchain.mjs").then(({ run }) => run("test/support/young-generation.ts", []))`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", program]);
  expect(Number(stdout)).toBeLessThanOrEqual(16);
});

describe.skipIf(process.platform === "win32")("the dependencies", () => {
  it("are left alone when all are there as locked, whoever has installed them", async () => {
    expect(await installs(locked({ ...a, ...forAnotherPlatform }), locked({ ...a, "node_modules/c": {} }))).toBe(false);
  });

  it.each([
    ["misses", {}],
    ["has another version of", { "node_modules/a": { version: "0.9.0" } }],
  ])("are installed when npm's record %s one of them", async (_, installed) => {
    expect(await installs(locked(a), locked(installed))).toBe(true);
  });

  it("are installed when what is optional was locked anew", async () => {
    const older = { "node_modules/b-win32": { version: "0.9.0" } };
    expect(await installs(locked(forAnotherPlatform), locked(older))).toBe(true);
  });
});
