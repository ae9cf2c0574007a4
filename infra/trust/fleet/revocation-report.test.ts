import { describe, expect, it } from "vitest";
import { kubernetesErrors } from "../../kubernetes/errors.ts";
import type { Blocker } from "../blockers.ts";
import {
  type ClusterStanding,
  formatRevocation,
  isRevoked,
  revocationAsJson,
  type Standing,
} from "./revocation-report.ts";

const error = kubernetesErrors.EDGE_APPLY_UNREACHABLE({ server: "s", context: "beta", problem: "refused" });
const blocker: Blocker = {
  id: "proxy",
  namespace: "edge-a",
  pod: "m0-1",
  message: "its proxy has bundle 1 instead of 2",
  fix: "Restart the pod.",
  until: 5,
};
const of = (cluster: string, standing: Standing, wave: string | undefined = "rest"): ClusterStanding => {
  return { cluster, wave, standing };
};
const all = [
  of("alpha", { state: "gone" }, "canary"),
  of("beta", { state: "trusted", error }),
  of("gamma", { state: "leaving", left: [blocker] }),
  of("delta", { state: "absent" }),
  { ...of("parked", { state: "left out" }), wave: undefined },
];

describe("the report of a revocation", () => {
  it("says who still trusts the root, why, and who has not followed", () => {
    expect(formatRevocation("r1", all)).toBe(`\
CLUSTER  WAVE    ROOT r1
alpha    canary  gone
beta     rest    still trusted
gamma    rest    out of the bundle, not followed by all
delta    rest    not there
parked   -       still trusted

Still trust r1: beta, parked. Put right what is below, and run the same command again: what is done stays done.

beta: error EDGE_APPLY_UNREACHABLE: ${error.message}
  fix: ${error.remedy}

gamma: r1 is out of the bundle; still broken:
  edge-a/m0-1: its proxy has bundle 1 instead of 2. Restart the pod.

parked: no wave takes it. Use \`edgectl trust revoke-root r1 --stack\` with its stack.
`);
    const [alpha, , , delta] = all as [ClusterStanding, ClusterStanding, ClusterStanding, ClusterStanding];
    expect(formatRevocation("r1", [alpha, delta])).not.toContain("Still");
  });

  it("says of a cluster that went away after its deployment that the root is out of the bundle", () => {
    const text = formatRevocation("r1", [of("beta", { state: "leaving", left: [], error })]);
    expect(text).toContain("beta: r1 is out of the bundle; who has followed is not known\nbeta: error EDGE_APPLY_");
    expect(text).not.toContain("Still trust");
  });

  it("is done only when no cluster has anything left", () => {
    expect(isRevoked([of("a", { state: "gone" }), of("b", { state: "absent" })])).toBe(true);
    for (const one of all.filter(({ standing: { state } }) => state !== "gone" && state !== "absent")) {
      expect(isRevoked([of("a", { state: "gone" }), one])).toBe(false);
    }
  });

  it("is the same as JSON", () => {
    const { id, namespace, pod, message, fix } = blocker;
    expect(JSON.parse(JSON.stringify(revocationAsJson("r1", "trust-1", all)))).toEqual({
      run: "trust-1",
      root: "r1",
      clusters: [
        { cluster: "alpha", wave: "canary", state: "gone" },
        {
          ...{ cluster: "beta", wave: "rest", state: "trusted" },
          failure: { code: error.code, message: error.message, remedy: error.remedy },
        },
        { cluster: "gamma", wave: "rest", state: "leaving", left: [{ id, namespace, pod, message, fix }] },
        { cluster: "delta", wave: "rest", state: "absent" },
        { cluster: "parked", state: "left out" },
      ],
    });
  });
});
