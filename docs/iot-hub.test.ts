import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { edgectlRbac } from "../infra/rbac/test/edgectl-rbac.ts";
import { renderStack } from "../infra/render/index.ts";
import { temporaryDirectory } from "../test/support/temporary-directory.ts";
import { blocksOf } from "./site/markdown.ts";

const page = readFileSync(join(import.meta.dirname, "iot-hub.md"), "utf8");
const folder = temporaryDirectory();
const place = { hubHostname: "myhub.azure-devices.net", deviceId: "line-1" };
const stacks = {
  standalone: {},
  connected: { ...place, provisioning: { source: "manual", existingSecret: "line-1-device" } },
} as const;

beforeAll(() => {
  const main = join(import.meta.dirname, "../infra/index.ts");
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    stringify({ name: "plant", main, stackConfigDir: "stacks", runtime: "nodejs" }),
  );
  mkdirSync(join(folder, "stacks"));
  const images = { iotedged: "r.invalid/a:1", edgeAgent: "r.invalid/b:1", proxy: "r.invalid/c:1" };
  for (const [name, more] of Object.entries(stacks)) {
    const config = { "iotedge:images": images, "iotedge:installations": [{ namespace: "line-1", ...more }] };
    writeFileSync(join(folder, "stacks", `Pulumi.${name}.yaml`), stringify({ config }));
  }
});

it("what connecting changes of permissions is what the page shows, and nothing is added", async () => {
  const { out } = await edgectlRbac(folder, "diff", "--base", "stack:standalone", "--head", "stack:connected");
  const [changes = ""] = out.split("\n\nRisks");
  expect(changes).toMatch(/^RBAC: \+0 \/ -\d+ permissions$/m);
  expect(page).toContain(`$ npx edgectl rbac diff --base stack:standalone --head stack:connected\n${changes}\n`);
});

it("what connecting opens in the network is what the page says: one rule of iotedged, and one of EdgeAgent", async () => {
  const rulesOf = async (stack: keyof typeof stacks) => {
    const { objects } = await renderStack({ projectDirectory: folder, stack });
    const policies = objects.flatMap(({ object }) => (object.kind === "NetworkPolicy" ? [object] : []));
    return new Map(
      policies.map(({ metadata, spec }) => [metadata.name, spec as { egress?: object[]; ingress?: object[] }]),
    );
  };
  const [before, after] = [await rulesOf("standalone"), await rulesOf("connected")];
  expect([...after.keys()]).toEqual([...before.keys()]);
  const added: Record<string, readonly unknown[]> = {};
  for (const [name, { egress = [], ...rest }] of after) {
    const { egress: former = [], ...others } = before.get(name) ?? {};
    expect(rest).toEqual(others);
    expect(egress.slice(0, former.length)).toEqual(former);
    added[name] = egress.slice(former.length);
  }
  const open = (port: number) => [{ ports: [{ protocol: "TCP", port }] }];
  expect(added).toEqual({ iotedged: open(443), edgeagent: open(8883), "iotedge-pull": [] });
  const shown = blocksOf(page).find(({ text }) => text.startsWith("# Egress that connecting adds"));
  expect(parse(shown?.text ?? "")).toEqual({ iotedged: added.iotedged, edgeagent: added.edgeagent });
});
