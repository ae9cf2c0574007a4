import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { dataKeys, objectNames } from "#contract";
import type { Installation } from "../../runtime/edge-agent/mapping/installation.ts";
import { noCredentials } from "../../runtime/manifest/registry-credentials.ts";
import { type ApiClient, createApiClient } from "../../runtime/shared/kubernetes/api-client.ts";
import { ownerReference } from "../../runtime/shared/pod/owner-reference.ts";
import { furniture } from "../support/edgeagent-token/furniture.ts";
import { originalsOf } from "../support/edgeagent-token/originals.ts";
import { outcomes, tried } from "../support/edgeagent-token/outcomes.ts";
import { waitFor } from "../support/wait-for.ts";
import { kubectl, kubectlOk } from "./cluster.ts";
import { loadListeners } from "./listener/image.ts";

const namespace = "edge-b";
const tokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** A client with the token that is in EdgeAgent's pod, as somebody has it who got into that pod. */
async function stolenClient(): Promise<ApiClient> {
  const read = `process.stdout.write(require("node:fs").readFileSync(${JSON.stringify(tokenFile)}, "utf8"))`;
  const target = ["deployment/edgeagent", "-n", namespace, "-c", "edgeagent"];
  const token = await kubectlOk(["exec", ...target, "--", "/bin/node", "-e", read]);
  const admin = new KubeConfig();
  admin.loadFromFile(inject("kubeconfig"));
  const cluster = admin.getCurrentCluster();
  if (cluster === null) throw new Error("the kubeconfig has no current cluster");
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(cluster, { name: "edgeagent", token });
  return createApiClient({ kubeConfig });
}

// biome-ignore lint/suspicious/noExplicitAny: objects of any kind
async function object(kind: string, name: string): Promise<any> {
  return JSON.parse(await kubectlOk(["get", kind, name, "-n", namespace, "-o", "json"]));
}

/** What EdgeAgent of the installation maps modules with. */
async function target(): Promise<Installation> {
  const iotedged = await object("configmap", objectNames.iotedgedConfig);
  const agent = await object("configmap", objectNames.agentConfig);
  return {
    identity: JSON.parse(iotedged.data[dataKeys.iotedgedConfig]),
    settings: JSON.parse(agent.data[dataKeys.agentConfig]),
    owner: ownerReference(await object("serviceaccount", objectNames.iotedged)),
    credentials: noCredentials,
  };
}

describe("with the token of EdgeAgent's own pod", () => {
  let installation: Installation;
  let furnished = "";

  beforeAll(async () => {
    installation = await target();
    const items = furniture(installation.identity.installation.name);
    furnished = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    await kubectlOk(["apply", "-n", namespace, "-f", "-"], furnished);
  });
  afterAll(async () => {
    await kubectl(["delete", "-n", namespace, "--ignore-not-found", "-f", "-"], furnished);
  });

  it("one can do what the golden table says, in an installation as edgectl deploys it", async () => {
    const client = await stolenClient();
    const found = await outcomes(client, originalsOf(installation));
    await client.close();
    const rows = found.map(({ what, outcome }) => `| ${what} | ${outcome} |`);
    const table = ["| what | outcome |", "| --- | --- |", ...rows, ""].join("\n");
    await expect(table).toMatchFileSnapshot("golden/edgeagent-token.md");
  });

  it("an image starts nothing where it is only to be fetched, also where it has what is told to run there", async () => {
    const puller = originalsOf(installation).puller();
    const { containers, ...rest } = puller.spec.template.spec;
    const [command = ""] = containers[0].command;
    const reference = "localhost/e2e-listener/evil:1";
    const directory = await mkdtemp(join(tmpdir(), "evil-"));
    await loadListeners(directory, [{ reference, user: "1000", copies: [command.slice(1)] }]);
    await rm(directory, { recursive: true });
    const podOf = (name: string, own: readonly string[]) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: puller.spec.template.metadata.labels },
      spec: { ...rest, containers: [{ ...containers[0], image: reference, imagePullPolicy: "Never", command: own }] },
    });
    const items = [podOf("evil-fetched", [command]), podOf("evil-run", ["/listener", "8080"])];
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    await kubectlOk(["apply", "-n", namespace, "-f", "-"], list);
    try {
      const stateOf = async (name: string) => (await object("pod", name)).status.containerStatuses?.[0] ?? {};
      await waitFor("the program to run where it may", async () => (await stateOf("evil-run")).state?.running);
      const refused = await waitFor("what came of it", async () => {
        const { state, lastState } = await stateOf("evil-fetched");
        const text = JSON.stringify([state, lastState]);
        return /not a directory|running/.test(text) ? text : undefined;
      });
      expect(refused).toContain("not a directory");
      expect(refused).not.toContain('"running"');
    } finally {
      await kubectl(["delete", "-n", namespace, "--ignore-not-found", "--wait=false", "-f", "-"], list);
    }
  });

  it("what fetches images for no module is taken away by EdgeAgent", async () => {
    const client = await stolenClient();
    const puller = originalsOf(installation).puller();
    await tried(client, namespace, { what: "", verb: "apply", object: puller }, {});
    await client.close();
    await waitFor("it to be taken away", async () => {
      const found = await kubectlOk(["get", "deployments", "-n", namespace, "-o", "name"]);
      return found.includes(puller.metadata.name) ? undefined : true;
    });
  });

  it("none of the attempts has left anything behind", async () => {
    const found = await kubectlOk(["get", "deployments,jobs,services,serviceaccounts", "-n", namespace, "-o", "name"]);
    expect(found).not.toContain("thief");
  });
});
