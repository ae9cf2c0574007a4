import type { JsonObject } from "#base";
import { applyMergePatch, type ModuleConnection, mergePatchBetween } from "#iot-hub";
import type { HubMetrics } from "./hub-metrics.ts";

/** Keeps the reported properties in IoT Hub up to date, by what has changed since the hub took them last. */
export interface TwinReporter {
  /** What the hub has; undefined while it is not connected. */
  hubHas(reported: JsonObject | undefined): void;
  /** Sends what differs. @returns false when the hub has no time for it now @throws when the connection ends */
  run(): Promise<boolean>;
}

const taken = 204;
/** The hub will not take the same document later. */
const final: ReadonlySet<number> = new Set([400, 413]);

/**
 * @param options.wanted undefined while there is nothing to tell yet
 * @param options.onTaken told the `lastDesiredVersion` that the hub has
 * @param options.onRefused told once of each document that the hub refuses
 */
export function createTwinReporter(options: {
  readonly connection: Pick<ModuleConnection, "report">;
  readonly wanted: () => JsonObject | undefined;
  readonly onTaken: (desiredVersion: number | undefined) => void;
  readonly onRefused: (status: number) => void;
  readonly metrics: Pick<HubMetrics, "reports">;
}): TwinReporter {
  const { connection, wanted, onTaken, onRefused, metrics } = options;
  let accepted: JsonObject | undefined;
  let refused: string | undefined;
  let refusedLeast: string | undefined;

  async function send(document: JsonObject): Promise<number> {
    const base = accepted;
    const patch = mergePatchBetween(base ?? {}, document);
    if (base === undefined) return taken;
    if (Object.keys(patch).length === 0) return has(base);
    const status = await connection.report(patch);
    const result = status === taken ? "accepted" : final.has(status) ? "refused" : "delayed";
    metrics.reports.inc({ result });
    if (status !== taken) return status;
    if (accepted !== undefined) accepted = applyMergePatch(accepted, patch);
    return has(document);
  }

  function has({ lastDesiredVersion }: JsonObject): typeof taken {
    onTaken(typeof lastDesiredVersion === "number" ? lastDesiredVersion : undefined);
    return taken;
  }

  return {
    hubHas: (reported) => {
      accepted = reported;
    },
    async run() {
      const document = wanted();
      if (document === undefined) return true;
      const text = JSON.stringify(document);
      if (text !== refused) {
        const status = await send(document);
        if (!final.has(status)) return status === taken;
        refused = text;
        onRefused(status);
      }
      // Whether the manifest is in force is what a deployment of the hub waits for.
      const { lastDesiredVersion = null, lastDesiredStatus = null } = document;
      const least = JSON.stringify([lastDesiredVersion, lastDesiredStatus]);
      if (least === refusedLeast) return true;
      const status = await send({ ...accepted, lastDesiredVersion, lastDesiredStatus });
      if (final.has(status)) refusedLeast = least;
      return status === taken || final.has(status);
    },
  };
}
