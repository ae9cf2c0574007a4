import type { ClusterDriver } from "../../../infra/rollout/model/index.ts";
import type { ExecutorPorts } from "../../../infra/rollout/run/ports.ts";
import { systemTimer } from "../../../runtime/base/index.ts";

const ok = { outcome: "ok" } as const;

/** Clusters that do everything at once and well, so that what is left is the cost of the rollout itself. */
export function instantPorts(digestOf: (cluster: string) => string): ExecutorPorts {
  const driver: ClusterDriver = {
    plan: async () => ({ ...ok, changes: [], before: [], after: [] }),
    preflight: async () => ({ ...ok, checks: [] }),
    preview: async ({ name }) => ({
      ...ok,
      changes: 25,
      changeDigest: digestOf(name),
      previous: { file: `previous/${name}`, digest: "0".repeat(64) },
    }),
    apply: async () => ok,
    health: async () => ({ ...ok, healthy: true, checks: [] }),
    rollback: async () => ok,
    drift: async () => ({ ...ok, changes: [] }),
  };
  return {
    driver,
    lock: {
      acquire: async () => ({ ...ok, held: true }),
      keepAll: () => {},
      onLost: () => {},
      releaseAll: async () => {},
    },
    gates: { evaluate: async () => ({ passed: true, evidence: "" }) },
    notifier: { notify: async () => undefined },
    timer: systemTimer,
    inbox: { take: async () => [] },
    observe: () => {},
  };
}
