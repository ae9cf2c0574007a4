import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { applyStack } from "../../infra/deploy/apply-stack.ts";
import { deleteStack } from "../../infra/deploy/delete-stack.ts";
import { createSender, type SendRequest } from "../../infra/kubernetes/api-request.ts";
import { connect } from "../../infra/kubernetes/cluster.ts";
import type { Cluster } from "../../infra/kubernetes/kubernetes-types.ts";
import { renderStack } from "../../infra/render/render-stack.ts";
import { makeRolloutProject } from "../support/rollout-project.ts";
import { waitFor } from "../support/wait-for.ts";

const namespace = `edge-review-${randomBytes(3).toString("hex")}`;
const stack = namespace;

let cluster: Cluster;
let project: Awaited<ReturnType<typeof makeRolloutProject>>;
let asIotedged: SendRequest;

async function deploy(tokenReview: "delegator" | "minimal"): Promise<void> {
  const { objects } = await renderStack({
    projectDirectory: project.directory,
    stack,
    stateDirectory: join(project.directory, "state"),
    overrides: { "iotedge:installations": [{ namespace, createNamespace: true, tokenReview }] },
  });
  await applyStack(cluster, { stack, objects: objects.map(({ object }) => object) });
}

/** Status of a TokenReview that iotedged's account asks for. */
async function review(): Promise<number> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: "x" } };
  const path = "/apis/authentication.k8s.io/v1/tokenreviews";
  return (await asIotedged({ method: "POST", path, body })).status;
}

/** Who is bound to what, of this installation. */
async function bindings(): Promise<readonly string[]> {
  const kind = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" };
  const all = await cluster.list(kind, { labelSelector: `app.kubernetes.io/instance=${namespace}` });
  return all.map(({ roleRef }) => (roleRef as { name: string }).name).sort();
}

beforeAll(async () => {
  const kubeconfig = inject("kubeconfig");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const live = await connect({ context: config.getCurrentContext(), kubeconfig });
  cluster = live;
  project = await makeRolloutProject([{ name: stack, context: config.getCurrentContext(), kubeconfig }], {});
  await project.release("1");
  await deploy("delegator");
  const send = createSender(live.config);
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/iotedged/token`;
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences: [] } };
  const { token } = ((await send({ method: "POST", path, body })).body as { status: { token: string } }).status;
  const own = new KubeConfig();
  const server = config.getCurrentCluster();
  if (server === null) throw new Error("the kubeconfig has no current cluster");
  own.loadFromClusterAndUser(server, { name: "iotedged", token });
  asIotedged = createSender(own);
  await waitFor("the right to review tokens", async () => ((await review()) === 201 ? true : undefined), 90);
});

afterAll(async () => {
  await deleteStack(cluster, { stack, timeout: 90 });
  await project.remove();
});

describe("iotedged's right to review tokens", () => {
  it.each([
    ["minimal", `iotedge:${namespace}:token-reviewer`],
    ["delegator", "system:auth-delegator"],
  ] as const)("is never missing while it becomes %s", async (tokenReview, role) => {
    const statuses: number[] = [];
    let running = true;
    const asking = (async () => {
      while (running) statuses.push(await review());
    })();
    await deploy(tokenReview);
    const before = statuses.length;
    await waitFor("reviews after the change", () => statuses.length > before + 20 || undefined);
    running = false;
    await asking;
    expect(statuses.filter((one) => one !== 201)).toEqual([]);
    expect(await bindings()).toEqual([role]);
  });
});
