import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import "../support/provided.ts";
import type { PolicyRule } from "#contract";
import { permissionsOf, readAudit, uses } from "../support/audit.ts";
import { documentedYaml } from "../support/documented-yaml.ts";
import { waitFor } from "../support/wait-for.ts";
import { administratorOf, startInstallation, type TestInstallation } from "./check/installation.ts";
import { ask, leaveAtOnce, type OpenedConsole, openConsole } from "./console/browser-session.ts";
import { addHostileModule, hostileId, payload } from "./console/hostile-module.ts";
import { sampleRunId, writeRollout } from "./console/sample-rollout.ts";

const namespace = `edge-console-${randomBytes(3).toString("hex")}`;
const escapedPayload = "&lt;img src=x onerror=&quot;globalThis.taken=1&quot;&gt;";
const secret = "c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU=";
let installation: TestInstallation;
let opened: OpenedConsole;
let rollout: Awaited<ReturnType<typeof writeRollout>>;
let rules: readonly PolicyRule[];
let arguments_: readonly string[];

beforeAll(async () => {
  const admin = administratorOf(inject("kubeconfig"));
  installation = await startInstallation(admin, namespace);
  await installation.healthy();
  rollout = await writeRollout(installation.project.directory);
  rules = (await documentedYaml("console.md", "iotedge-console"))[0].rules;
  const reader = await installation.reader(rules);
  arguments_ = ["--context", reader.context, "--kubeconfig", reader.kubeconfig, "-n", namespace];
  opened = await openConsole(arguments_, installation.project.directory);
}, 180_000);
afterAll(async () => {
  await opened?.edgectl.kill();
  await installation?.stop();
});

describe("who is let in", () => {
  it("gets a cookie for the token, which scripts and other pages do not get", () => {
    expect(opened.entered.status).toBe(200);
    const path = opened.address.pathname.replace(/\/$/, "");
    expect(String(opened.entered.headers["set-cookie"])).toMatch(
      new RegExp(`^edgectl-console=[\\w-]{43}; Path=${path}; HttpOnly; SameSite=Strict$`),
    );
  });

  it.each([
    ["without a token", () => opened.at(""), {}],
    ["with another token", () => new URL(`?token=${"A".repeat(43)}`, opened.at("")), {}],
    ["with a token in another place", () => new URL(`trust${opened.address.search}`, opened.at("")), {}],
    ["with another cookie", () => opened.at(""), { cookie: `edgectl-console=${"A".repeat(43)}` }],
    ["at a page of the console", () => opened.at("permissions.svg"), {}],
    ["at a stream", () => opened.at("live?page="), {}],
  ])("is nobody %s", async (_, address, headers) => {
    const { status, text, headers: answered } = await ask(address(), { headers });
    expect([status, answered["set-cookie"]]).toEqual([401, undefined]);
    expect(text).not.toContain(namespace);
  });

  it.each(["evil.example", `evil.example:${0}`, "127.0.0.1", "localhost.evil.example"])(
    "is nobody who comes by the name %s, whatever it has",
    async (host) => {
      expect((await opened.get("", { headers: { host } })).status).toBe(421);
      expect((await ask(opened.address, { headers: { host } })).status).toBe(421);
    },
  );

  it("finds nothing that could be changed", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const { status, headers } = await opened.get("", { method });
      expect(status).toBe(404);
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
  });
});

describe("pages", () => {
  it("may load their own files and nothing else", async () => {
    const { headers } = await opened.get("");
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|data:|\*/);
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "cross-origin-resource-policy": "same-origin",
    });
  });

  it("show what runs, trust, permissions and rollouts", async () => {
    const text = async (path: string) => {
      const answer = await opened.get(path);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.text).not.toContain('class="box bad"><p><strong>✗ ');
      return answer.text;
    };
    expect(await text("")).toMatch(/<strong>sensor<\/strong>[\s\S]*✓ running/);
    expect(await text("trust")).toMatch(/r1 active[\s\S]*root<[\s\S]*r1/);
    const permissions = await text("permissions");
    expect(permissions).toContain(`ServiceAccount ${namespace}/edgeagent`);
    expect(permissions).not.toContain("kube-system");
    expect(await text("rollouts")).toContain(sampleRunId);
    expect(await text(`rollouts/${sampleRunId}`)).toContain("Timeline");
    const picture = await opened.get("permissions.svg");
    expect(picture.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'$/);
    expect(picture.text).toMatch(/^<svg [\s\S]*tokenreviews/);
  });

  it.each([
    "nothing",
    "rollouts/../../etc",
    "rollouts/20261123-021500-ffff/more",
    "modules/kube-system/coredns",
    "modules/%2e%2e/sensor",
    "modules/NAMESPACE/nobody",
    "log?namespace=kube-system&module=coredns",
    "log?namespace=NAMESPACE&module=nobody",
    "live?page=modules/kube-system/coredns",
    "live?page=modules/NAMESPACE/nobody",
  ])("of others, and of what nobody runs, are not there: %s", async (path) => {
    expect((await opened.get(path.replace("NAMESPACE", namespace))).status).toBe(404);
  });

  it("say what failed in the place of what could not be read", async () => {
    const { status, text } = await opened.get("rollouts/20261123-021500-ffff");
    expect(status).toBe(200);
    expect(text).toContain("EDGE_ROLLOUT_RUN_UNKNOWN");
  });
});

it("follows what happens, and shows what others wrote as text", async () => {
  const stream = await opened.follow("live?page=");
  await stream.until("the installation", (event, data) => event === "page" && data.includes("sensor"));
  await addHostileModule(installation);
  const page = await stream.until("the module", (_, data) => data.includes("onerror=globalThis"));
  await stream.close();
  expect(page).toContain(escapedPayload);
  expect(page).not.toMatch(/<img|<script/);
  expect(page).toContain(`/modules/${namespace}/${encodeURIComponent(hostileId)}`);
  const { text, status } = await opened.get(`modules/${namespace}/${encodeURIComponent(hostileId)}`);
  expect(status).toBe(200);
  expect(text).not.toContain("<img");
});

it("follows a log, without what is secret in it", async () => {
  installation.logs.set("/sensor", `one\n\u001b[31mred\u001b[0m\n${payload}\npassword=${secret}\n`);
  const stream = await opened.follow(`log?namespace=${namespace}&module=sensor`);
  const lines = await stream.until("the log", (event) => event === "lines");
  await stream.close();
  expect(lines).toContain(`one\nred\n${payload}\npassword=`);
  expect(lines).not.toContain(secret);
});

it("follows a rollout", async () => {
  const stream = await opened.follow(`live?page=rollouts/${sampleRunId}`);
  await stream.until("the canary", (_, data) => data.includes("lab"));
  await rollout.goOn();
  const page = await stream.until("the end", (_, data) => data.includes("✗ halted"));
  expect(page).toContain("✗ 2 clusters in apply:</strong> linz-1, lyon-1");
  await stream.close();
});

it("follows no more pages than it may, and others again when some are closed", async () => {
  const all = await Promise.all(Array.from({ length: 30 }, () => opened.follow("live?page=")));
  expect(all.filter(({ status }) => status === 200)).toHaveLength(24);
  expect(all.filter(({ status }) => status === 503)).toHaveLength(6);
  await Promise.all(all.map((stream) => stream.close()));
  await waitFor("room for another", async () => {
    const again = await opened.follow("live?page=trust");
    await again.close();
    return again.status === 200 || undefined;
  });
});

it("keeps no place for pages that were left before they were served", async () => {
  const path = opened.at(`live?page=modules/${namespace}/sensor`);
  for (let turn = 0; turn < 60; turn += 1) await leaveAtOnce(path, opened.cookie);
  await waitFor("room", async () => {
    const all = await Promise.all(Array.from({ length: 24 }, () => opened.follow("live?page=")));
    await Promise.all(all.map((stream) => stream.close()));
    return all.every(({ status }) => status === 200) || undefined;
  });
});

it("Ctrl-C ends it, its streams first, with 130", async () => {
  const another = await openConsole(arguments_, installation.project.directory);
  const stream = await another.follow("live?page=");
  await stream.until("the page", (event) => event === "page");
  another.edgectl.interrupt();
  await stream.ended;
  expect(stream.seen.at(-1)?.event).toBe("end");
  expect(await another.edgectl.ended).toBe(130);
});

it("has only read, and no Secret, by rights that were all used", async () => {
  const username = `system:serviceaccount:${namespace}:reader-1`;
  const events = (await readAudit(inject("auditLog"))).filter(({ user }) => user.username === username);
  expect(new Set(events.map(({ verb }) => verb))).toEqual(new Set(["get", "list"]));
  expect(events.filter(({ objectRef }) => objectRef?.resource === "secrets")).toEqual([]);
  expect(events.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
  const unused = permissionsOf(rules).filter((permission) => !events.some((event) => uses(event, permission)));
  expect(unused).toEqual([]);
});
