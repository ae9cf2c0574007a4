import { createHash } from "node:crypto";
import type { KubernetesObject } from "#base";
import { annotations } from "#contract";

/** 80 bits: nobody finds another object of the same hash. */
const hashLength = 20;

/** The object with its own hash, so that a field that was dropped from it is seen as a change. */
export function withDesiredHash<T extends KubernetesObject>(object: T): T {
  const hash = createHash("sha256").update(JSON.stringify(object)).digest("hex").slice(0, hashLength);
  const { metadata } = object;
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [annotations.desiredHash]: hash } },
  };
}

/** The hash that the object was last written with; undefined when no daemon of ours wrote it. */
export function desiredHashOf(object: KubernetesObject): string | undefined {
  return object.metadata.annotations?.[annotations.desiredHash];
}
