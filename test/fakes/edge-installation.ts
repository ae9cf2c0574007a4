import type { Installation } from "../../runtime/edge-agent/mapping/installation.ts";
import type { Module } from "../../runtime/manifest/manifest.ts";
import { parseManifest } from "../../runtime/manifest/parse-manifest.ts";
import { describeProblem } from "../../runtime/manifest/problems.ts";
import { noCredentials } from "../../runtime/manifest/registry-credentials.ts";
import { agentSettings, iotedgedSettings } from "./settings.ts";

/** What modules are mapped with in tests. */
export const installation: Installation = {
  identity: iotedgedSettings,
  settings: agentSettings,
  owner: { apiVersion: "v1", kind: "ServiceAccount", name: "iotedged", uid: "owner-uid" },
  credentials: noCredentials,
};

/** A deployment manifest as text. */
export function manifestText(modules: object, more: object = {}): string {
  return JSON.stringify({
    modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", modules, ...more } } },
  });
}

/** The modules of a manifest, which has to be good. */
export function modulesOf(modules: object, more: object = {}): readonly Module[] {
  const parsed = parseManifest(manifestText(modules, more));
  if (!parsed.ok) throw new Error(parsed.errors.map(describeProblem).join("\n"));
  return parsed.manifest.modules;
}
