import { expect, it } from "vitest";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import { hintsFor } from "../deploy/index.ts";
import { checkInstallations } from "./installations.ts";
import type { ClusterReader } from "./observe/cluster-reader.ts";

it.each([
  [undefined, "npx edgectl check --pre --context 'my cluster' --kubeconfig /k"],
  ["edge-a", "npx edgectl check --pre -n edge-a --context 'my cluster' --kubeconfig /k"],
])(
  "names the check before a deployment for the same cluster where nothing is there (namespace %s)",
  async (namespace, command) => {
    const answer = { status: 200, headers: {}, body: { gitVersion: "v1.36.0" } };
    const reader = { cluster: new FakeCluster(), send: async () => answer } as unknown as ClusterReader;
    const hints = hintsFor({ kind: "named", context: "my cluster", kubeconfig: "/k" }, undefined);
    const { signal } = new AbortController();
    await expect(checkInstallations(reader, { namespace, hints, now: Date.now, signal })).rejects.toMatchObject({
      code: "EDGE_CHECK_NO_INSTALLATION",
      remedy: `See what a deployment would need: ${command}`,
    });
  },
);
