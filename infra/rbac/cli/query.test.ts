import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edgectlRbac } from "../test/edgectl-rbac.ts";
import { binding, role, rule, serviceAccount } from "../test/sources.ts";

const plain = role("r", `[${rule("get", "pods")}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"]);
const risky =
  role("r", `[${rule("get", "pods secrets")}, ${rule("get", "deployments", "apps")}]`) +
  binding("b", "ClusterRole/r", ["sa:ns/bot"]);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-queries-"));
  await writeFile(file("plain.yaml"), plain);
  await writeFile(file("risky.yaml"), risky);
  const reader = rule("get list", "secrets");
  await writeFile(
    file("spread.yaml"),
    role("reader", `[${reader}, ${rule("get", "nodes")}]`) +
      binding("a", "ClusterRole/reader", ["sa:ns/bot"], "dev") +
      binding("b", "ClusterRole/reader", ["group:ops"], "production") +
      binding("c", "ClusterRole/reader", ["group:audit"]),
  );
  await writeFile(
    file("custom.yaml"),
    role(
      "custom",
      `[${rule("get", "certificates", "cert-manager.io")}, ${rule("get", "gizmos/status", "a.example.com")}, ${rule("list", "gizmos", "b.example.com")}, ${rule("get", "gizmos", "b.example.com")}]`,
    ) + binding("custom", "ClusterRole/custom", ["sa:ns/bot"]),
  );
  await writeFile(
    file("metrics.yaml"),
    role(
      "metrics",
      `[${rule("get", "pods/http_requests.per_second", "custom.metrics.k8s.io")}, ${rule("list", "queue_depth.max", "external.metrics.k8s.io")}]`,
    ) + binding("metrics", "ClusterRole/metrics", ["sa:my-ns/bot.v2"]),
  );
  await writeFile(
    file("impersonated.yaml"),
    role("i", `[${rule("impersonate:user-info", "users", "authentication.k8s.io")}]`) +
      binding("i", "ClusterRole/i", ["sa:ns/bot"]),
  );
  await writeFile(
    file("impersonate.yaml"),
    role("i", `[${rule("impersonate-on:user-info:list", "secrets")}]`) + binding("i", "ClusterRole/i", ["sa:ns/bot"]),
  );
});
afterAll(() => rm(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const edgectl = (...args: string[]) => edgectlRbac(folder, ...args);

describe("edgectl rbac who-can and explain", () => {
  it("name those who may, and by what", async () => {
    const { out } = await edgectl("who-can", "get", "secrets", "-s", file("risky.yaml"));
    expect(out).toContain("ServiceAccount ns/bot  ClusterRoleBinding b -> ClusterRole r");
    expect(out).toContain("Group system:masters");
  });
  it("show the chain that grants it", async () => {
    const { code, out } = await edgectl("explain", "ns/bot", "get", "secrets", "-n", "any", "-s", file("risky.yaml"));
    expect(code).toBe(0);
    expect(out).toBe(
      "yes: ServiceAccount ns/bot get secrets\n  by ServiceAccount ns/bot -> ClusterRoleBinding b -> ClusterRole r -> get pods,secrets (core)\n",
    );
  });
  it.each([
    ["the verb", ["watch", "pods"], "the verb watch is missing"],
    ["the subresource", ["get", "pods/log"], "the subresource is not included; it would be pods/log"],
    ["the group", ["get", "pods.example.io"], 'the API group is "", not "example.io"'],
  ])("say that %s is missing", async (_, args, missing) => {
    const { code, out } = await edgectl("explain", "sa:ns/bot", ...args, "-s", file("risky.yaml"));
    expect(code).toBe(2);
    expect(out).toContain(missing);
  });
  it("say that it counts in another namespace, or for another name", async () => {
    const yaml =
      role("n", `[${rule("get", "secrets", "", "tls")}]`, "ns") +
      binding("n", "Role/n", ["sa:ns/bot"], "ns") +
      serviceAccount("ns", "bot");
    await writeFile(file("named.yaml"), yaml);
    const ask = async (...args: string[]) =>
      (await edgectl("explain", "ns/bot", "get", "secrets", "-s", file("named.yaml"), ...args)).out;
    expect(await ask("-n", "other", "--name", "tls")).toContain("but in namespace ns only");
    expect(await ask("-n", "ns", "--name", "ca")).toContain('it holds for "tls", not for "ca"');
    expect(await ask("-n", "ns")).toContain("this one names nothing");
  });
  it("count groups that the subject is in besides", async () => {
    const ask = (...args: string[]) =>
      edgectl("explain", "user:ann", "get", "secrets", "-n", "production", "-s", file("spread.yaml"), ...args);
    expect((await ask()).code).toBe(2);
    expect(await ask("--as-group", "developers", "--as-group", "ops")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^yes: User ann \(as Group developers, Group ops\) get secrets\n {2}by Group ops -> /),
    });
    const masters = await edgectl(
      "explain",
      "user:ann",
      "*",
      "*",
      "--as-group",
      "system:masters",
      "-s",
      file("plain.yaml"),
    );
    expect(masters).toMatchObject({ code: 0, out: expect.stringContaining("everything, whatever RBAC says") });
  });
  it("answer for every namespace at once", async () => {
    const ask = (...args: string[]) => edgectl(...args, "-A", "-s", file("spread.yaml"));
    expect(await ask("explain", "sa:ns/bot", "get", "secrets", "--as-group", "ops")).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^yes: .* get secrets in dev, production\n {2}in dev by Serv.*\n {2}in production by Group ops/,
      ),
    });
    expect((await ask("explain", "user:ann", "get", "secrets", "--as-group", "audit")).out).toMatch(
      / everywhere\n {2}by/,
    );
    const nowhere = await ask("explain", "user:ann", "get", "secrets");
    expect(nowhere).toMatchObject({ code: 2, out: expect.stringContaining("get secrets in no namespace") });
    const { out } = await ask("who-can", "get", "secrets");
    expect(out).toMatch(/^Group audit {2}ClusterRoleBinding c -> ClusterRole reader$/m);
    expect(out).toMatch(/^ServiceAccount ns\/bot {2}RoleBinding dev\/a -> ClusterRole reader {2}in dev$/m);
    expect(out).toMatch(/^Group ops {2}RoleBinding production\/b -> ClusterRole reader {2}in production$/m);
    // What is in no namespace is granted by no RoleBinding.
    expect((await ask("who-can", "get", "nodes")).out).not.toContain("RoleBinding dev/a");
    await expect(ask("who-can", "get", "secrets", "-n", "dev")).rejects.toMatchObject({
      code: "EDGE_RBAC_OPTION_INVALID",
    });
  });
  it.each([
    ["secret", 0, undefined],
    ["po", 0, undefined],
    ["deployment", 0, undefined],
    ["deploy.apps", 0, undefined],
    ["deployments.v1.apps", 0, undefined],
    ["deployments.v1.batch", 2, undefined],
    ["events", 2, "events may also be events.events.k8s.io; asked is events of the core group"],
    ["certificates", 2, "certificates is no resource that is known here, and is taken for one of the core group"],
  ])("understand %s", async (resource, code, note) => {
    const asked = await edgectl("explain", "sa:ns/bot", "get", resource, "-n", "x", "-s", file("risky.yaml"));
    expect(asked.code).toBe(code);
    expect(asked.notes.join()).toContain(note ?? "");
    expect(asked.notes).toHaveLength(note === undefined ? 0 : 1);
  });
  it("know a group from the rules of the source, and say so", async () => {
    const ask = (resource: string) => edgectl("explain", "sa:ns/bot", "get", resource, "-s", file("custom.yaml"));
    expect(await ask("certificates")).toMatchObject({
      code: 0,
      notes: ["note: certificates is taken for certificates.cert-manager.io, as rules of the source have it"],
    });
    expect(await ask("gizmos")).toMatchObject({
      code: 0,
      notes: [
        expect.stringContaining("is taken for gizmos.b.example.com"),
        "note: gizmos may also be gizmos.a.example.com; asked is gizmos.b.example.com",
      ],
    });
  });
  it("say that a namespace does not count for what is in none, and know a namespace as inside of itself", async () => {
    const ask = (...args: string[]) => edgectl("explain", "sa:ns/bot", "get", ...args, "-s", file("spread.yaml"));
    expect(await ask("nodes", "-n", "dev")).toMatchObject({
      code: 2,
      notes: ["note: nodes is in no namespace, so --namespace does not count"],
    });
    await writeFile(
      file("own.yaml"),
      role("own", `[${rule("get", "namespaces")}]`) + binding("own", "ClusterRole/own", ["sa:ns/bot"], "dev"),
    );
    const own = (name: string) =>
      edgectl("explain", "sa:ns/bot", "get", "namespaces", "--name", name, "-s", file("own.yaml"));
    expect([(await own("dev")).code, (await own("production")).code]).toEqual([0, 2]);
  });
  it.each([
    ["get", "pods.custom.metrics.k8s.io/http_requests.per_second"],
    ["list", "queue_depth.max.external.metrics.k8s.io"],
  ])("take dots and underscores in names: %s %s", async (verb, resource) => {
    const asked = await edgectl("explain", "sa:my-ns/bot.v2", verb, resource, "-s", file("metrics.yaml"));
    expect(asked).toMatchObject({ code: 0, notes: [] });
  });
  it("ask for users in the group that constrained impersonation has them in", async () => {
    const { out } = await edgectl("who-can", "impersonate:user-info", "users", "-s", file("impersonated.yaml"));
    expect(out).toContain("ServiceAccount ns/bot  ClusterRoleBinding i");
  });

  it("take verbs of constrained impersonation", async () => {
    const { out } = await edgectl(
      "who-can",
      "impersonate-on:user-info:list",
      "secrets",
      "-s",
      file("impersonate.yaml"),
    );
    expect(out).toContain("ServiceAccount ns/bot  ClusterRoleBinding i");
  });
  it("put objects without a namespace where they are told to, apart from the namespace of the request", async () => {
    const text = role("n", `[${rule("get", "secrets")}]`) + binding("n", "ClusterRole/n", ["sa:ns/bot"]);
    await writeFile(file("bare.yaml"), text.replace("kind: ClusterRoleBinding", "kind: RoleBinding"));
    const ask = (...args: string[]) =>
      edgectl("explain", "sa:ns/bot", "get", "secrets", "-n", "x", "-s", file("bare.yaml"), ...args);
    expect([(await ask()).code, (await ask("--source-namespace", "x")).code]).toEqual([2, 0]);
  });
  it.each([
    ["who", ["explain", "bob", "get", "pods"]],
    ["verb", ["who-can", "GET!", "pods"]],
    ["resource", ["who-can", "get", "Pods and more"]],
  ])("refuse a %s that is not understood", async (_, args) => {
    await expect(edgectl(...args, "-s", file("plain.yaml"))).rejects.toMatchObject({ code: "EDGE_RBAC_QUERY_INVALID" });
  });
});
