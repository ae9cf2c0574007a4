import { difference, isDeeper, isObject, type JsonObject, merged } from "./merge-patch.ts";

/** A change as a module is told it. */
export interface DesiredChange {
  readonly version: number;
  readonly payload: Buffer;
}

/**
 * What a module knows of its desired properties, so that it can be told what it has missed. A module's own connection
 * outlives that to IoT Hub, and its SDK asks for the twin again only after its own was cut.
 */
export interface DesiredProperties {
  /** The module has been given its twin. */
  given(twin: Buffer): void;
  /** IoT Hub tells of a change. @returns `pass` it on, `ignore` it as known, or `fetch` the twin as one before is missing */
  changed(version: number, patch: Buffer): "pass" | "ignore" | "fetch";
  /**
   * The twin as IoT Hub has it now.
   *
   * @returns what the module has missed, if anything: all of it for a module of which nothing is known, as after a
   * restart of this hub
   */
  caughtUp(twin: Buffer): DesiredChange | undefined;
}

/** Levels of maps and lists. A twin has 10, and the two that it is told in. */
const maxDepth = 24;

export function createDesiredProperties(): DesiredProperties {
  /** Properties without `$version`, once the module was given them. */
  let known: { readonly properties: JsonObject; readonly version: number } | undefined;
  /** Of the last change that was passed on before they were. */
  let seen = 0;

  return {
    given: (twin) => {
      known = desiredOf(twin) ?? known;
    },
    changed: (version, payload) => {
      const patch = parse(payload);
      if (known === undefined || patch === undefined) {
        seen = Math.max(seen, version);
        return "pass";
      }
      if (version <= known.version) return "ignore";
      if (version > known.version + 1) return "fetch";
      known = { properties: merged(known.properties, withoutVersion(patch)), version };
      return "pass";
    },
    caughtUp: (twin) => {
      const now = desiredOf(twin);
      if (now === undefined || now.version <= (known?.version ?? seen)) return undefined;
      const patch = difference(known?.properties ?? {}, now.properties);
      const told = known !== undefined;
      known = now;
      if (patch === undefined && !told) return undefined;
      return { version: now.version, payload: Buffer.from(JSON.stringify({ ...patch, $version: now.version })) };
    },
  };
}

function desiredOf(twin: Buffer): { properties: JsonObject; version: number } | undefined {
  const desired = parse(twin)?.desired;
  if (!isObject(desired) || typeof desired.$version !== "number") return undefined;
  return { properties: withoutVersion(desired), version: desired.$version };
}

function withoutVersion({ $version: _, ...properties }: JsonObject): JsonObject {
  return properties as JsonObject;
}

/** @returns undefined for what is no object, and for what no twin has: merging needs the more stack the deeper it is nested */
function parse(payload: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    return isObject(value) && !isDeeper(value, maxDepth) ? value : undefined;
  } catch {
    return undefined;
  }
}
