import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import {
  annotations,
  edgeAgentRules,
  formerModuleObjectName,
  labels,
  moduleLabels,
  moduleObjectName,
  objectNames,
} from "#contract";
import type { KubernetesObject } from "../../runtime/base/kubernetes-objects.ts";
import { configMaps, deployments, events, serviceAccounts, services } from "../../runtime/shared/kubernetes/kinds.ts";
import { permissionsOf, readAudit, uses } from "../support/audit.ts";
import { waitFor } from "../support/wait-for.ts";
import { createInstallation, type Installation } from "./edge-agent/installation.ts";

const image = "registry.example.com/sample:1.0";
const hub = {
  settings: { image, createOptions: { HostConfig: { PortBindings: { "8883/tcp": [{ HostPort: "8883" }] } } } },
};
const manifestOf = (modules: Record<string, unknown>) => ({
  modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", modules } } },
});
const first = manifestOf({ sensor: { settings: { image } }, hub, "Second Sensor": { settings: { image } } });

let installation: Installation;
let running: Awaited<ReturnType<Installation["startAgent"]>>;

beforeEach(async () => {
  installation = await createInstallation(first);
  running = await installation.startAgent();
  await installation.reported((status) => Object.keys(status.modules ?? {}).length === 3);
  await quiet();
});
afterEach(async () => {
  await running.stop();
  await installation.remove();
});

/** All objects that carry the label of a module. */
async function moduleObjects(): Promise<readonly KubernetesObject[]> {
  const { admin } = installation;
  const selection = { labelSelector: labels.module };
  return [
    ...(await admin.list(deployments, selection)),
    ...(await admin.list(services, selection)),
    ...(await admin.list(serviceAccounts, selection)),
  ];
}

async function names(): Promise<readonly string[]> {
  return (await moduleObjects()).map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
}

/** Writes of EdgeAgent, as the API server's audit log has them. */
async function writes(): Promise<readonly string[]> {
  const user = `system:serviceaccount:${installation.namespace}:${objectNames.edgeAgent}`;
  const audit = await readAudit(inject("auditLog"));
  return audit
    .filter((event) => event.user.username === user && ["create", "patch", "delete"].includes(event.verb))
    .filter(({ objectRef }) => objectRef?.resource !== "selfsubjectaccessreviews")
    .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource} ${objectRef?.name ?? ""}`);
}

/** Waits until EdgeAgent has written nothing for a second. */
async function quiet(): Promise<readonly string[]> {
  let before = -1;
  let since = Date.now();
  return waitFor("EdgeAgent to settle", async () => {
    const now = await writes();
    if (now.length !== before) since = Date.now();
    before = now.length;
    return Date.now() - since > 1500 ? now : undefined;
  });
}

describe("EdgeAgent against a real API server", () => {
  it("makes a ServiceAccount and a Deployment per module, and Services by which others find it", async () => {
    const hashed = (await names()).find((name) => /^Deployment second-sensor-[0-9a-f]{20}$/.test(name));
    const second = hashed?.replace("Deployment ", "");
    expect(await names()).toEqual(
      [
        "Deployment hub",
        "Deployment sensor",
        `Deployment ${second}`,
        "Service hub",
        "Service second-sensor",
        "Service sensor",
        "ServiceAccount hub",
        "ServiceAccount sensor",
        `ServiceAccount ${second}`,
      ].sort(),
    );
    const account = await installation.admin.get(serviceAccounts, "sensor");
    const owner = await installation.admin.get(serviceAccounts, objectNames.iotedged);
    expect(account?.metadata.annotations?.[annotations.moduleId]).toBe("sensor");
    for (const { metadata } of await moduleObjects()) {
      expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([owner?.metadata.uid]);
    }
    expect(running.health.ready).toBe(true);
  });

  it("takes over a module from before names had longer hashes, with its account, and renames it once that is gone", async () => {
    const { admin, namespace } = installation;
    const id = "Second Sensor";
    const [name, former] = [moduleObjectName(id), formerModuleObjectName(id)];
    await running.stop();
    const present = await admin.get(serviceAccounts, name);
    const { annotations: notes, ownerReferences } = present?.metadata ?? {};
    const metadata = { name: former, labels: moduleLabels(namespace, former), annotations: notes, ownerReferences };
    const account = await admin.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata } as KubernetesObject);
    running = await installation.startAgent();

    await waitFor("the one name alone", async () => {
      const found = (await names()).filter((one) => one.includes("second-sensor"));
      return found.join() === `Deployment ${former},Service second-sensor,ServiceAccount ${former}` ? true : undefined;
    });
    expect((await admin.get(serviceAccounts, former))?.metadata.uid).toBe(account.metadata.uid);
    const { spec } = (await admin.get(deployments, former)) ?? {};
    expect(spec?.template.spec?.serviceAccountName).toBe(former);
    expect(spec?.template.spec?.containers[0]?.env).toContainEqual({
      name: "IOTEDGE_MODULEGENERATIONID",
      value: account.metadata.uid,
    });
    await installation.reported(({ modules }) => !/^(Not deployed yet)?$/.test(modules?.[id]?.statusDescription ?? ""));

    await admin.remove(serviceAccounts, former);
    await waitFor("the new name alone", async () => {
      const found = (await names()).filter((one) => one.includes("second-sensor"));
      return found.join() === `Deployment ${name},Service second-sensor,ServiceAccount ${name}` ? true : undefined;
    });
  });

  it("writes nothing when nothing changed, also after a restart, and stays within its Role", async () => {
    const before = await quiet();
    await running.stop();
    running = await installation.startAgent();
    await waitFor("readiness", () => (running.health.ready ? true : undefined));
    // Whoever starts anew tells once how things are.
    const telling = /^(patch configmaps edgeagent-status|create events)/;
    await waitFor("what it tells", async () => {
      const told = new Set((await writes()).slice(before.length).map((write) => telling.exec(write)?.[1]));
      return told.has("create events") && told.has("patch configmaps edgeagent-status") ? true : undefined;
    });
    const after = await quiet();
    expect(after.slice(before.length).filter((write) => !telling.test(write))).toEqual([]);
    const generations = (await installation.admin.list(deployments)).map(({ metadata }) => metadata.generation);
    expect(generations).toEqual([1, 1, 1]);
    running.agent.settingsChanged();
    expect(await quiet()).toEqual(after);
    const refused = (await readAudit(inject("auditLog"))).filter(
      ({ user, responseStatus }) => user.username.includes(installation.namespace) && responseStatus?.code === 403,
    );
    expect(refused).toEqual([]);
  });

  it("uses every right that its Role grants", async () => {
    await installation.setManifest(manifestOf({ sensor: { settings: { image } } }));
    await waitFor("removal", async () => ((await names()).length === 3 ? true : undefined));
    await running.stop();
    const user = `system:serviceaccount:${installation.namespace}:${objectNames.edgeAgent}`;
    await waitFor(
      "use of every right",
      async () => {
        const own = (await readAudit(inject("auditLog"))).filter((event) => event.user.username === user);
        const unused = permissionsOf(edgeAgentRules).filter((right) => !own.some((event) => uses(event, right)));
        if (unused.length > 0) throw new Error(JSON.stringify(unused));
        return true;
      },
      60,
    );
  });

  it("removes what is no longer asked for, and nothing that others made", async () => {
    await installation.admin.apply({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "foreign", labels: { [labels.module]: "foreign", [labels.instance]: installation.namespace } },
    });
    await installation.setManifest(manifestOf({ sensor: { settings: { image } } }));
    await waitFor("removal", async () => ((await names()).length === 4 ? true : undefined));
    expect(await names()).toEqual([
      "Deployment sensor",
      "Service sensor",
      "ServiceAccount foreign",
      "ServiceAccount sensor",
    ]);
  });

  it("repairs what somebody changed or deleted", async () => {
    const { admin } = installation;
    const live = await admin.get(deployments, "sensor");
    await admin.apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "sensor" },
      spec: { ...live?.spec, replicas: 0 },
    });
    await admin.remove(services, "hub");
    await waitFor("repair", async () => {
      const replicas = (await admin.get(deployments, "sensor"))?.spec?.replicas;
      const service = await admin.get(services, "hub");
      return replicas === 1 && service !== undefined ? true : undefined;
    });
  });

  it("gives a module a new generation when its ServiceAccount is made anew", async () => {
    const { admin } = installation;
    const before = (await admin.get(serviceAccounts, "sensor"))?.metadata.uid;
    await admin.remove(serviceAccounts, "sensor");
    const after = await waitFor(
      "the ServiceAccount",
      async () => (await admin.get(serviceAccounts, "sensor"))?.metadata.uid,
    );
    expect(after).not.toBe(before);
    await waitFor("the new generation", async () => {
      const container = (await admin.get(deployments, "sensor"))?.spec?.template.spec?.containers[0];
      const value = container?.env?.find(({ name }) => name === "IOTEDGE_MODULEGENERATIONID")?.value;
      return value === after ? true : undefined;
    });
  });

  it("keeps what runs when the manifest is invalid, and reports each error", async () => {
    const before = await names();
    await installation.setManifest(
      manifestOf({ sensor: { status: "sleeping", settings: { image } }, hub: { settings: {} } }),
    );
    const status = await installation.reported(({ lastDesiredStatus }) => lastDesiredStatus?.code === 400);
    expect(status.lastDesiredStatus.description).toContain("modules.sensor.status");
    expect(status.lastDesiredStatus.description).toContain("modules.hub.settings.image");
    expect(Object.keys(status.modules)).toHaveLength(3);
    expect(await names()).toEqual(before);
    const notes = await waitFor("the Events", async () => {
      const refused = (await installation.admin.list(events)).filter(({ reason }) => reason === "ManifestRefused");
      return refused.length >= 2 ? refused.map(({ note }) => note).join("\n") : undefined;
    });
    expect(notes).toContain("sleeping");
    await installation.admin.remove(configMaps, objectNames.deployment);
    await installation.reported(({ lastDesiredStatus }) => lastDesiredStatus?.code === 417);
    expect(await names()).toEqual(before);
  });

  it("reports a name that is taken, and goes on with the other modules", async () => {
    const { admin } = installation;
    await admin.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "billing" } });
    await installation.setManifest(manifestOf({ billing: { settings: { image } }, later: { settings: { image } } }));
    const status = await installation.reported(({ lastDesiredStatus }) => lastDesiredStatus?.code === 500);
    expect(status.lastDesiredStatus.description).toContain("billing");
    await waitFor("the other module", () => admin.get(deployments, "later"));
    expect(await admin.get(deployments, "billing")).toBeUndefined();
  });

  it("makes modules with any text that JSON has, where YAML would refuse or fold it, and reports them", async () => {
    const text = "a \u007F \u0080 \u0085 \u2028 \uFEFF \uFFFE b";
    const createOptions = { Env: [`ENV=${text}`], Cmd: [text], Labels: { label: text } };
    const module = { version: text, env: { TEXT: { value: text } }, settings: { image, createOptions } };
    await installation.setManifest(manifestOf({ strange: module }));
    const { modules } = await installation.reported((status) => status.modules?.strange !== undefined);
    expect(modules.strange.version).toBe(text);
    const deployment = await waitFor("the module", () => installation.admin.get(deployments, "strange"));
    const { metadata, spec } = deployment.spec?.template ?? {};
    expect(metadata?.annotations).toMatchObject({ label: text });
    expect(spec?.containers[0]).toMatchObject({
      args: [text],
      env: expect.arrayContaining([
        { name: "TEXT", value: text },
        { name: "ENV", value: text },
      ]),
    });
  });

  it("logs no environment of a module", async () => {
    const env = { PASSWORD: { value: "hunter2-canary" } };
    await installation.setManifest(manifestOf({ sensor: { env, settings: { image } } }));
    await waitFor("the variable", async () =>
      JSON.stringify(await installation.admin.get(deployments, "sensor")).includes("hunter2-canary") ? true : undefined,
    );
    await quiet();
    const status = await installation.admin.get(configMaps, objectNames.status);
    expect(
      running.log.join("") + JSON.stringify(status) + JSON.stringify(await installation.admin.list(events)),
    ).not.toContain("hunter2-canary");
  });
});
