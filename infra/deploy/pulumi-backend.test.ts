import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BackendQuestion, ownBackend } from "./pulumi-backend.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "edge-backend-"));
});
afterEach(() => rm(home, { recursive: true }));

const ask = (more: Partial<BackendQuestion> = {}) =>
  ownBackend({
    project: { name: "iotedge" },
    stack: "s",
    target: { kind: "stack", context: "factory" },
    directory: join(home, "state"),
    ...more,
    env: { HOME: home, ...more.env },
  });
const own = () => `file://${join(home, "state")}`;

async function logIn(text: string): Promise<void> {
  await mkdir(join(home, ".pulumi"), { recursive: true });
  await writeFile(join(home, ".pulumi", "credentials.json"), text);
}

test("who has no backend gets one", async () => {
  expect(await ask()).toBe(own());
  await logIn('{"current":""}');
  expect(await ask()).toBe(own());
});

test("who has logged in to a backend uses that", async () => {
  await logIn('{"current":"s3://states"}');
  expect(await ask()).toBeUndefined();
  expect(await ask({ env: { PULUMI_HOME: join(home, "elsewhere") } })).toBe(own());
});

test("credentials that only Pulumi can read are a login as well", async () => {
  await logIn("encrypted");
  expect(await ask()).toBeUndefined();
});

test.each([
  ["a variable", { env: { PULUMI_BACKEND_URL: "s3://states" } }],
  ["an access token", { env: { PULUMI_ACCESS_TOKEN: "token" } }],
  ["Pulumi.yaml", { project: { name: "iotedge", backend: { url: "s3://states" } } }],
])("a backend may be named by %s", async (_, more) => {
  expect(await ask(more)).toBeUndefined();
});

test("the local cluster's state stays on this machine", async () => {
  await logIn('{"current":"https://api.pulumi.com"}');
  expect(await ask({ target: { kind: "local", context: "edge-local" } })).toBe(own());
});

test("a stack stays where it is", async () => {
  await mkdir(join(home, "state/.pulumi/stacks/iotedge"), { recursive: true });
  await writeFile(join(home, "state/.pulumi/stacks/iotedge/s.json"), "{}");
  await logIn('{"current":"s3://states"}');
  expect(await ask()).toBe(own());
  expect(await ask({ stack: "other" })).toBeUndefined();
});
