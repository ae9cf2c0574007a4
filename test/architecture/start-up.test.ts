import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { floors } from "./rooms.ts";

const project = join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** Prints the packages that a process has loaded at its end. */
const watcher = `
import { registerHooks } from "node:module";
import { writeSync } from "node:fs";
const packages = new Set();
registerHooks({
  load(url, context, next) {
    const name = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
    if (name !== undefined) packages.add(name);
    return next(url, context);
  },
});
process.on("exit", () => writeSync(2, JSON.stringify([...packages])));
`;

/** Packages that a program of the project loads, by name. */
async function packagesOf(...args: readonly string[]): Promise<readonly string[]> {
  const preload = `data:text/javascript,${encodeURIComponent(watcher)}`;
  const { stderr } = await run(process.execPath, ["--import", preload, ...args], { cwd: project });
  return JSON.parse(stderr);
}

/** Pulumi itself runs these, or nobody imports them. */
const exempt = ["infra/installation", "infra/config", "infra/policy", "infra/provider", "infra/edgectl"];
const programs = [
  "runtime/iotedged",
  "runtime/edge-agent",
  "runtime/images",
  "runtime/sample-module",
  "runtime/shared",
];
const heavy = /^(@kubernetes\/client-node|@grpc\/|@pulumi\/|google-protobuf|@peculiar\/x509|undici)/;

test("help loads commander and nothing else", { timeout: 60_000 }, async () => {
  expect(await packagesOf("infra/edgectl/main.ts", "--help")).toEqual(["commander"]);
});

test("rbac lint of a file loads what reads YAML and nothing else", {
  timeout: 60_000,
}, async () => {
  const file = join(project, "test/fixtures/rbac/one-role.yaml");
  const loaded = await packagesOf("infra/edgectl/main.ts", "rbac", "lint", file, "--output-file", "/dev/null");
  expect(loaded.toSorted()).toEqual(["commander", "js-yaml"]);
});

const light = floors
  .flat()
  .map(({ path }) => path)
  .filter((path) => !exempt.includes(path) && !programs.includes(path));

test.each(light)(
  "the index of %s loads no library of Kubernetes, gRPC or Pulumi",
  { timeout: 60_000 },
  async (room) => {
    expect((await packagesOf(`${room}/index.ts`)).filter((name) => heavy.test(name))).toEqual([]);
  },
);
