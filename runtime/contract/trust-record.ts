import Type, { type Static } from "typebox";

const closed = { additionalProperties: false } as const;
const hash = Type.String({ pattern: "^[0-9a-f]{64}$" });
/** Milliseconds since the epoch. */
const time = Type.Integer({ minimum: 0 });
/** First 16 hexadecimal digits of a certificate's SHA-256: enough to tell the CAs of one installation apart. */
const shortPrint = Type.String({ pattern: "^[0-9a-f]{16}$" });
const sighting = Type.Object({ hash, at: time }, closed);

/** A certificate that a module got and that may be in use. */
const LeafSchema = Type.Object(
  {
    kind: Type.Union([Type.Literal("identity"), Type.Literal("server")]),
    /** Tells server certificates for different hosts apart: a hash, since a host name is the module's own. */
    name: Type.String({ pattern: "^[0-9a-f]{8}$" }),
    /** The workload CA that has signed it. */
    ca: shortPrint,
    /** The root above that, in the bundle of the time; empty where none was found. */
    root: Type.Union([shortPrint, Type.Literal("")]),
    notAfter: time,
    at: time,
  },
  closed,
);

/** What is known of the trust of one pod. */
const PodTrustSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 253 }),
    module: Type.String({ minLength: 1, maxLength: 128 }),
    /** The bundle that its proxy has loaded, by its own word. */
    bundle: Type.Optional(sighting),
    /** The bundle that the module itself has fetched last, if it ever did. */
    fetched: Type.Optional(sighting),
    leaves: Type.Array(LeafSchema, { maxItems: 16 }),
  },
  closed,
);

/** What one pod of iotedged works with. */
const ReplicaTrustSchema = Type.Object(
  {
    /** The bundle that it hands out. */
    bundle: hash,
    /** The workload CA that it issues from, and the root above. */
    ca: shortPrint,
    root: Type.Union([shortPrint, Type.Literal("")]),
    /** When that workload CA ends. */
    caNotAfter: time,
    /** The same of its own serving certificate; absent while it has none. */
    serving: Type.Optional(
      Type.Object({ ca: shortPrint, root: Type.Union([shortPrint, Type.Literal("")]), notAfter: time }, closed),
    ),
    at: time,
  },
  closed,
);

/**
 * Content of ConfigMap `iotedged-trust`, key `record.json`: which pod trusts what, and whose certificates are in use.
 * All pods of iotedged write it together, so that it outlives each of them; nothing in it is secret.
 */
export const TrustRecordSchema = Type.Object(
  {
    /** By the pod's UID. */
    pods: Type.Record(Type.String(), PodTrustSchema),
    /** By the name of iotedged's pod. */
    replicas: Type.Record(Type.String(), ReplicaTrustSchema),
  },
  closed,
);
export type TrustRecord = Static<typeof TrustRecordSchema>;
export type PodTrust = Static<typeof PodTrustSchema>;
export type ReplicaTrust = Static<typeof ReplicaTrustSchema>;
export type TrustLeaf = Static<typeof LeafSchema>;
