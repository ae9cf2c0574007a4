import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { annotations, iotedgedRules, labels, nodeObserverRules, tokenAudience, tokenReviewerRules } from "#contract";
import type { Deployment } from "../../runtime/shared/kubernetes/kinds.ts";
import { createTestCa } from "../fakes/test-ca.ts";
import { type AuditEvent, permissionsOf, readAudit, uses } from "../support/audit.ts";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { patchBy } from "../support/merge-patch.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { startFakeKubelet } from "./iotedged-features/kubelet.ts";

let namespace: TestNamespace;
let iotedged: RunningIotedged;
let token: string;

beforeAll(async () => {
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-daemon");
  const kubeConfig = await namespace.kubeConfigOf("iotedged");
  iotedged = await startIotedged({ kubeConfig, name: namespace.name, namespace: namespace.name });
  await namespace.createAccount("sensor", "sensor");
  const pod = await namespace.createPod("sensor-1", "sensor");
  const audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
  token = await namespace.token("sensor", { audience, pod });
});

afterAll(async () => {
  await iotedged?.stop();
  await namespace?.remove();
});

const deployments = () => namespace.path("apis/apps/v1", "deployments");
const deployment = () => `${deployments()}/edgeagent`;
const getDeployment = () => namespace.client.call<Deployment>({ verb: "get", path: deployment() });
const isGone = async () => {
  const list = await namespace.client.call<{ items: unknown[] }>({ verb: "list", path: deployments() });
  return list.items.length === 0 || undefined;
};

/** Requests of iotedged that the API server has logged as answered. */
async function requests(): Promise<AuditEvent[]> {
  const user = `system:serviceaccount:${namespace.name}:iotedged`;
  const answered = ["ResponseComplete", "ResponseStarted"];
  return (await readAudit(inject("auditLog"))).filter(
    (event) => event.user.username === user && answered.includes(event.stage),
  );
}

describe("readiness", () => {
  it("comes when files, certificate, rights and watches are there", async () => {
    const readiness = await waitFor("readiness", async () => {
      const now = await iotedged.ready();
      return now.ok ? now : undefined;
    });
    expect(readiness.conditions.map(({ name }) => name)).toEqual([
      ...["listener", "certificate", "permissions"],
      ...["watches", "ciphertexts"],
    ]);
  });

  it("names the right that is missing, and comes back with it", async () => {
    const poor = await createTestNamespace(inject("kubeconfig"), "edge-poor");
    const role = poor.path("apis/rbac.authorization.k8s.io/v1", "roles", "iotedged");
    const setRules = (rules: unknown) => patchBy(poor.client, role, { rules });
    await setRules(iotedgedRules.filter(({ resources }) => !resources.includes("pods")));
    const blind = await startIotedged({
      kubeConfig: await poor.kubeConfigOf("iotedged"),
      name: "poor",
      namespace: poor.name,
    });
    try {
      const reason = await waitFor("the reason", async () => {
        const permissions = (await blind.ready()).conditions.find(({ name }) => name === "permissions");
        return permissions?.reason?.startsWith("missing") ? permissions.reason : undefined;
      });
      expect(reason).toBe("missing: list pods, watch pods");
      expect(blind.log.join()).toContain("list pods");
      await setRules(iotedgedRules);
      await waitFor("readiness", async () => (await blind.ready()).ok || undefined);
    } finally {
      await blind.stop();
      await poor.remove();
    }
  });
});

describe("Deployment edgeagent on a real API server", () => {
  it("is made, owned by ServiceAccount iotedged", async () => {
    const made = await waitFor("the Deployment", getDeployment);
    expect(made.metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: "ServiceAccount", name: "iotedged" }),
    ]);
    expect(made.metadata.managedFields?.[0]?.manager).toBe("iotedged");
  });

  it("is not written again while nothing changes, also by an iotedged that starts anew", async () => {
    const { resourceVersion } = (await waitFor("the Deployment", getDeployment)).metadata;
    const writes = async () =>
      (await requests()).filter(({ verb, objectRef }) => objectRef?.resource === "deployments" && verb === "patch")
        .length;
    const before = await waitFor("the audit log", async () => (await writes()) || undefined);
    const kubeConfig = await namespace.kubeConfigOf("iotedged");
    const second = await startIotedged({ kubeConfig, name: namespace.name, namespace: namespace.name });
    await waitFor("readiness", async () => (await second.ready()).ok || undefined);
    await waitFor(
      "a look at the Deployment",
      async () => /iotedge_reconcile_total\{result="unchanged"\} [1-9]/.test(await second.metrics()) || undefined,
    );
    await second.stop();
    expect(await writes()).toBe(before);
    expect((await getDeployment()).metadata.resourceVersion).toBe(resourceVersion);
  });

  it("is restored when somebody changes or deletes it", async () => {
    const before = await getDeployment();
    await patchBy(namespace.client, deployment(), { spec: { replicas: 0 }, metadata: { labels: null } });
    await waitFor("the repair", async () => {
      const now = await getDeployment();
      return now.spec?.replicas === 1 && Object.keys(now.metadata.labels ?? {}).length > 0 ? true : undefined;
    });
    await namespace.client.call({ verb: "delete", path: deployment() });
    const after = await waitFor("the new Deployment", async () => {
      const now = await getDeployment();
      return now.metadata.uid === before.metadata.uid ? undefined : now;
    });
    expect(after.metadata.labels).toEqual(before.metadata.labels);
    expect(after.spec?.template).toEqual(before.spec?.template);
  });

  it("is removed when it is turned off, and tells so", async () => {
    await iotedged.setAgentSettings({ enabled: false });
    await waitFor("the removal", isGone);
    const { items } = await namespace.client.call<{ items: { reason: string }[] }>({
      verb: "list",
      path: namespace.path("apis/events.k8s.io/v1", "events"),
    });
    const reasons = new Set(items.map(({ reason }) => reason));
    expect([...reasons]).toEqual(expect.arrayContaining(["EdgeAgentStarted", "EdgeAgentRepaired", "EdgeAgentRemoved"]));
    await iotedged.setAgentSettings({ enabled: true });
    await waitFor("the Deployment", getDeployment);
  });
});

describe("the management API", () => {
  it("counts the nodes of the cluster", async () => {
    // Tests of other files have nodes too.
    const architecture = `architecture-of-${namespace.name}`;
    const node = `node-of-${namespace.name}`;
    const kubeconfig = inject("kubeconfig");
    const kubelet = await startFakeKubelet({ kubeconfig, client: namespace.client, node, architecture, log: "" });
    try {
      const { status, json } = await iotedged.call("management", token, "/systeminfo");
      expect(status).toBe(200);
      expect(JSON.parse(json.architecture)).toContainEqual({ name: architecture, nodes_count: 1 });
    } finally {
      await kubelet.close();
    }
  });

  it("lists the modules that there are", async () => {
    const { json } = await iotedged.call("management", token, "/modules");
    expect(json.modules).toEqual([expect.objectContaining({ name: "$edgeAgent", type: "docker" })]);
  });
});

describe("certificates", () => {
  it("are issued to a module for its own server", async () => {
    const generation = (
      await waitFor("the account", () =>
        namespace.client.call<Deployment>({ verb: "get", path: namespace.path("api/v1", "serviceaccounts", "sensor") }),
      )
    ).metadata.uid;
    const body = { commonName: "sensor", expiration: new Date(Date.now() + 3_600_000).toISOString() };
    const answer = await iotedged.call(
      "workload",
      token,
      `/modules/sensor/genid/${generation}/certificate/server`,
      body,
    );
    expect(answer).toMatchObject({ status: 201, json: { privateKey: { type: "key" } } });
  });

  it("are for the names that a module may have, and for no others", async () => {
    const notes = { [annotations.moduleId]: "ingest", [annotations.serverNames]: "ingest.example.com,iotedged" };
    const account = await namespace.create("api/v1", "serviceaccounts", {
      metadata: { name: "ingest", annotations: notes },
    });
    const pod = await namespace.create("api/v1", "pods", {
      metadata: { name: "ingest-1", labels: { [labels.module]: "ingest" } },
      spec: {
        serviceAccountName: "ingest",
        hostname: "publisher",
        containers: [{ name: "m", image: "m.invalid/m:1" }],
      },
    });
    const audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
    const ingest = await namespace.token("ingest", { audience, pod });
    const path = `/modules/ingest/genid/${account.metadata.uid}/certificate/server`;
    const ask = (commonName: string) =>
      iotedged.call("workload", ingest, path, {
        commonName,
        expiration: new Date(Date.now() + 3_600_000).toISOString(),
      });
    const namesFor = async (commonName: string) => {
      const { status, json } = await ask(commonName);
      return status === 201 ? new X509Certificate(json.certificate).subjectAltName?.split(", ")[0] : json.message;
    };
    await waitFor("the pod to be known", async () => (await ask("publisher")).status === 201 || undefined);
    for (const own of ["ingest", "ingest-1", "publisher"]) expect(await namesFor(own)).toBe("DNS:ingest");
    expect(await namesFor("ingest.example.com")).toBe("DNS:ingest.example.com");
    const refused = ["gateway.example.com", "hub.example.com", "iotedged", "sensor", "not-there-yet", "a.example.com"];
    for (const name of refused) expect(await namesFor(name)).toMatch(/^EDGE_IOTEDGED_NAME_REFUSED: /);
    const lines = iotedged.log.filter((line) => line.includes('"audit"')).map((line) => JSON.parse(line));
    expect(lines.map(({ rule, name, module, pod: by, podUid }) => [rule, name, module, by, podUid])).toEqual(
      ["gateway", "hub", "runtime", "service", "service"]
        .map((rule) => `name-of-${rule}`)
        .concat("name-not-allotted")
        .map((rule, index) => [rule, refused[index], "ingest", "ingest-1", pod.metadata.uid]),
    );
    expect(iotedged.log.join("")).not.toContain(ingest.split(".")[2]);
  });

  it("of iotedged follow a new CA within seconds", async () => {
    const times = { notBefore: Date.now() - 1000, notAfter: Date.now() + 3_600_000 };
    const next = await createTestCa({ name: "next ca", ...times });
    await iotedged.setCa(next);
    await waitFor("the new certificate", async () => {
      const socket = connect({
        port: iotedged.daemon.ports.workload,
        host: "127.0.0.1",
        servername: "iotedged",
        ca: next.certificatePem,
      });
      try {
        await once(socket, "secureConnect");
        return true;
      } finally {
        socket.destroy();
      }
    });
  });
});

describe("least privilege", () => {
  it("uses every right that it has, and asks for none that it has not", async () => {
    const rights = permissionsOf([...iotedgedRules, ...tokenReviewerRules, ...nodeObserverRules]);
    const unused = await waitFor(
      "every right to be used",
      async () => {
        const events = await requests();
        const left = rights.filter((right) => !events.some((event) => uses(event, right)));
        if (left.length > 0) throw new Error(`never used: ${JSON.stringify(left)}`);
        return left;
      },
      30,
    );
    expect(unused).toEqual([]);
    const refused = (await requests()).filter(({ responseStatus }) => responseStatus?.code === 403);
    expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  });
});
