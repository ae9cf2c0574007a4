import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import { isNestedDeeper, parseJson } from "#base";

/** Bytes of a body: Flux's message has up to 39 000 characters, and metadata comes on top. */
export const maxEventBytes = 256 * 1024;
const maxDepth = 8;
/** Of what is kept in words; the cluster has the whole. */
const keptLength = { message: 1000, reason: 128, object: 800 } as const;

const short = Type.String({ maxLength: 512 });
/** What is read of `Event` of event.toolkit.fluxcd.io/v1beta1; Flux may send more. */
const FluxEventSchema = Type.Object({
  involvedObject: Type.Object({
    kind: Type.String({ minLength: 1, maxLength: 253 }),
    namespace: Type.String({ minLength: 1, maxLength: 253 }),
    name: Type.String({ minLength: 1, maxLength: 253 }),
  }),
  severity: Type.Enum(["trace", "info", "error"]),
  timestamp: Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$" }),
  message: Type.String({ maxLength: 160_000 }),
  reason: short,
  metadata: Type.Optional(Type.Record(Type.String({ maxLength: 512 }), Type.String({ maxLength: 16_384 }))),
  reportingController: short,
});

/** What a rollout reads of an event of Flux. */
export interface FluxEvent {
  /** `Kustomization flux-system/iotedge` */
  readonly object: string;
  readonly severity: "trace" | "info" | "error";
  /** When it happened, by the clock of the cluster: milliseconds since 1970. */
  readonly at: number;
  readonly reason: string;
  readonly message: string;
  /** Digest of the artifact that it is about: `sha256:...`. */
  readonly digest?: string;
}

/** @returns undefined where the body is no event */
export function parseFluxEvent(body: Buffer): FluxEvent | undefined {
  if (body.length > maxEventBytes) return undefined;
  const event = parseJson(body.toString("utf8"));
  if (isNestedDeeper(event, maxDepth) || !Check(FluxEventSchema, event)) return undefined;
  const at = Date.parse(event.timestamp);
  if (!Number.isFinite(at)) return undefined;
  const { involvedObject, severity, reason, message, metadata = {} } = event;
  const digest = digestOf(metadata);
  return {
    object: oneLine(`${involvedObject.kind} ${involvedObject.namespace}/${involvedObject.name}`, keptLength.object),
    ...{ severity, at },
    reason: oneLine(reason, keptLength.reason),
    message: oneLine(message, keptLength.message),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** notification-controller takes the group off the key; older releases and other senders leave it there. */
const revisionKeys = ["revision", "kustomize.toolkit.fluxcd.io/revision", "source.toolkit.fluxcd.io/revision"];
const revisionForm = /(?:^|@)(sha256:[0-9a-f]{64})$/;

function digestOf(metadata: NonNullable<Static<typeof FluxEventSchema>["metadata"]>): string | undefined {
  const revision = revisionKeys.map((key) => (Object.hasOwn(metadata, key) ? metadata[key] : undefined)).find(Boolean);
  return revisionForm.exec(revision ?? "")?.[1];
}

/**
 * Whoever has the key of one cluster must not write a line in the name of another, nor steer a terminal: without control
 * and format characters, such as those that turn the direction of text, and separators of lines.
 */
function oneLine(text: string, length: number): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, length);
}
