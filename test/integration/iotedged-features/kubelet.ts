import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import { dirname } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { connect } from "../../../infra/kubernetes/cluster.ts";
import { layoutOf } from "../../../infra/local-cluster/layout.ts";
import { issueCertificate } from "../../../runtime/iotedged/certificates/issue.ts";
import { loadWorkloadCa } from "../../../runtime/iotedged/certificates/workload-ca.ts";
import type { ApiClient } from "../../../runtime/shared/kubernetes/api-client.ts";
import { patchBy } from "../../support/merge-patch.ts";
import { startHeartbeat } from "../../support/node-heartbeat.ts";

/** A node that is ready and runs nothing, but has logs that the API server can fetch. */
export interface FakeKubelet {
  readonly node: string;
  /** Requests for logs, such as `/containerLogs/ns/pod/container?follow=true`. */
  readonly requests: readonly string[];
  /** Answers to logs that are followed and not yet ended. */
  readonly open: ReadonlySet<ServerResponse>;
  close(): Promise<void>;
}

const hour = 3_600_000;

/**
 * @param kubeconfig path of the administrator's kubeconfig, beside which are the keys of the cluster
 * @param architecture of the node, "amd64" by default
 * @param log what every container has logged, or what the container of a path has
 */
export async function startFakeKubelet(options: {
  readonly kubeconfig: string;
  readonly client: ApiClient;
  readonly node: string;
  readonly architecture?: string;
  readonly log: string | ((url: string) => string);
  /** Whether a log that is followed ends, as that of a container that has ended. */
  readonly ends?: boolean;
}): Promise<FakeKubelet> {
  const { kubeconfig, client, node, architecture = "amd64", log, ends = false } = options;
  const layout = layoutOf(dirname(kubeconfig));
  const read = (file: string) => readFile(layout.pki(file), "utf8");
  const ca = await loadWorkloadCa(await read("ca.crt"), await read("ca.key"));
  const alternativeNames = [{ type: "ip" as const, value: "127.0.0.1" }];
  const request = { commonName: node, alternativeNames, usage: "server" as const, notAfter: Date.now() + hour };
  const { certificate, privateKey } = await issueCertificate(ca, request, Date.now());
  const requests: string[] = [];
  const open = new Set<ServerResponse>();
  const server = createServer({ cert: certificate, key: privateKey }, ({ url = "" }, response) => {
    requests.push(url);
    response.writeHead(200, { "content-type": "text/plain" });
    const text = typeof log === "string" ? log : log(url);
    if (ends || !url.includes("follow=true")) {
      response.end(text);
      return;
    }
    response.write(text);
    open.add(response);
    response.on("close", () => open.delete(response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const Port = typeof address === "object" && address !== null ? address.port : 0;
  const path = `/api/v1/nodes/${node}`;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfig);
  const now = new Date().toISOString();
  await client.call({ verb: "create", path: "/api/v1/nodes", body: { metadata: { name: node } } });
  await patchBy(client, `${path}/status`, {
    status: {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port } },
      conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: now, lastTransitionTime: now }],
      nodeInfo: { architecture, kubeletVersion: "v1.36.0" },
    },
  });
  const heartbeat = await startHeartbeat(await connect({ context: kubeConfig.getCurrentContext(), kubeconfig }), node);
  return {
    node,
    requests,
    open,
    close: async () => {
      heartbeat.stop();
      await client.call({ verb: "delete", path });
      server.closeAllConnections();
      server.close();
    },
  };
}
