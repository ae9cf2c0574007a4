import { modulesOf } from "../../../../test/fakes/edge-installation.ts";
import type { Report, ReportedModule } from "../reported-properties.ts";

/** Modules as they are reported, each with a variable that nobody may be told. */
export function reportedModules(
  ids: readonly string[],
  image: string,
  of: Pick<ReportedModule, "status"> & Partial<ReportedModule>,
): readonly ReportedModule[] {
  const entry = { version: "1.2", env: { PASSWORD: { value: "canary" } }, settings: { image } };
  return modulesOf(Object.fromEntries(ids.map((id) => [id, entry]))).map((module) => ({ module, ...of }));
}

/** A report of a manifest that was accepted. */
export function sampleReport(of: Pick<Report, "platform" | "modules"> & Partial<Report>): Report {
  return {
    runtimeVersion: "0.1.0",
    desiredVersion: 7,
    verdict: { type: "accepted", warnings: [] },
    observed: { manifest: "m", settings: "s" },
    schemaVersion: "1.1",
    edgeAgent: undefined,
    edgeHub: undefined,
    ...of,
  };
}
