import { afterEach, beforeEach, expect, inject, it } from "vitest";
import { edgeAgentElectionRules, objectNames } from "#contract";
import { deployments } from "../../runtime/shared/kubernetes/kinds.ts";
import { permissionsOf, readAudit, uses } from "../support/audit.ts";
import { waitFor } from "../support/wait-for.ts";
import { createInstallation, type Installation } from "./edge-agent/installation.ts";

const sensor = { settings: { image: "registry.example.com/sample:1.0" } };
const manifestOf = (modules: object) => ({ schemaVersion: "1.1", modules });

let installation: Installation;
let replicas: Awaited<ReturnType<Installation["startAgent"]>>[];

beforeEach(async () => {
  installation = await createInstallation(manifestOf({ sensor }), { replicas: 2 });
  replicas = [await installation.startAgent(), await installation.startAgent()];
});
afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await installation.remove();
});

const deployment = (name: string) => waitFor(name, () => installation.admin.get(deployments, name), 60);
const leader = () =>
  waitFor("a leader", async () => {
    const leads = await Promise.all(replicas.map((replica) => replica.leads()));
    return leads.filter(Boolean).length === 1 ? leads.indexOf(true) : undefined;
  });

it("two replicas of EdgeAgent write by turns, with the rights of their Role", async () => {
  await deployment("sensor");
  const first = await leader();
  await waitFor("readiness", () => (replicas.every(({ health }) => health.ready) ? true : undefined));
  const [gone] = replicas.splice(first, 1);
  await gone?.stop();
  await installation.setManifest(manifestOf({ sensor, hub: sensor }));
  await deployment("hub");
  expect(await leader()).toBe(0);

  const user = `system:serviceaccount:${installation.namespace}:${objectNames.edgeAgent}`;
  await waitFor("use of every right", async () => {
    const own = (await readAudit(inject("auditLog"))).filter((event) => event.user.username === user);
    expect(own.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
    const isUsed = permissionsOf(edgeAgentElectionRules).map((right) => own.some((event) => uses(event, right)));
    return isUsed.every(Boolean) ? true : undefined;
  });
  expect((await installation.admin.get(deployments, "sensor"))?.metadata.generation).toBe(1);
});
