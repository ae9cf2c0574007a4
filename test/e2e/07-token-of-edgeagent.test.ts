import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { dataKeys, objectNames } from "#contract";
import type { Installation } from "../../runtime/edge-agent/mapping/installation.ts";
import { noCredentials } from "../../runtime/manifest/registry-credentials.ts";
import { type ApiClient, createApiClient } from "../../runtime/shared/kubernetes/api-client.ts";
import { ownerReference } from "../../runtime/shared/pod/owner-reference.ts";
import { furniture } from "../support/edgeagent-token/furniture.ts";
import { originalsOf } from "../support/edgeagent-token/originals.ts";
import { outcomes } from "../support/edgeagent-token/outcomes.ts";
import { kubectl, kubectlOk } from "./cluster.ts";

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

  it("none of the attempts has left anything behind", async () => {
    const found = await kubectlOk(["get", "deployments,jobs,services,serviceaccounts", "-n", namespace, "-o", "name"]);
    expect(found).not.toContain("thief");
  });
});
