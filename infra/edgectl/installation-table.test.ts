import { describe, expect, it } from "vitest";
import type { HubRecord } from "#contract";
import type { InstallationState } from "../deploy/index.ts";
import { formatHubs } from "./installation-table.ts";

const installation = (namespace: string, hub?: HubRecord): InstallationState => ({
  ...{ namespace, name: namespace, ready: true, components: [], findings: [] },
  ...(hub && { hub }),
});
const hub: HubRecord = {
  ...{ hubHostname: "hub.test", deviceId: "d1", state: "connected", since: "2026-01-01T00:00:00.000Z" },
  identities: [
    { moduleId: "$edgeAgent", generationId: "g1", state: "ready" },
    { moduleId: "sensor", generationId: "g2", state: "foreign" },
  ],
};

describe("how installations fare with their hubs", () => {
  it("is a line for each that is connected", () => {
    expect(formatHubs([installation("a"), installation("b", hub)])).toEqual([
      "  b: connected since 2026-01-01T00:00:00.000Z, device d1 of hub.test, 1 of 2 identities ready (sensor foreign)",
    ]);
  });

  it("tells the version that the hub desires, and the one that it has been told of", () => {
    const since = "2026-01-01T00:00:00.000Z";
    const twin = { state: "connected", since, desiredVersion: 7, reportedVersion: 6, code: 200 } as const;
    expect(formatHubs([{ ...installation("b", hub), twin }])[1]).toBe(
      "    EdgeAgent: connected since 2026-01-01T00:00:00.000Z, desired version 7, 6 reported, status 200",
    );
    const problem = { code: "EDGE_HUB_CONNECTION_CONTESTED", message: "another client connects as $edgeAgent" };
    const away = { ...twin, state: "disconnected", problem } as const;
    expect(formatHubs([{ ...installation("b", hub), twin: away }])[2]).toBe(
      "      EDGE_HUB_CONNECTION_CONTESTED: another client connects as $edgeAgent",
    );
  });

  it("says what is wrong, by its code", () => {
    const problem = { code: "EDGE_HUB_AWAY", message: "hub.test cannot be reached: ENOTFOUND" };
    const [, second] = formatHubs([installation("b", { ...hub, state: "failed", problem })]);
    expect(second).toBe("    EDGE_HUB_AWAY: hub.test cannot be reached: ENOTFOUND");
  });
});
