import { createHash } from "node:crypto";
import { renderErrors } from "../errors.ts";
import type { StateEntry, StateStore } from "../state-store.ts";
import { compactJson, type PropertyMap, unknownValue } from "../values.ts";
import type { TlsEnvironment } from "./environment.ts";
import { InvalidTlsInput, TlsInputs } from "./inputs.ts";
import { type Computed, computePrivateKey } from "./private-key.ts";

interface TlsType {
  readonly compute: (inputs: TlsInputs, environment: TlsEnvironment) => Promise<Computed>;
  /** Outputs that only creating the resource finds out. */
  readonly computed: readonly string[];
  readonly defaults: PropertyMap;
}

const certificateDefaults = {
  earlyRenewalHours: 0,
  isCaCertificate: false,
  setSubjectKeyId: false,
  readyForRenewal: false,
} as const;
const certificateOutputs = ["certPem", "validityStartTime", "validityEndTime"] as const;

/** Loaded where a certificate must be made: the X.509 library is the slowest to load of all. */
const certificates = () => import("./certificate.ts");

const types: Readonly<Record<string, TlsType>> = {
  "tls:index/privateKey:PrivateKey": {
    compute: computePrivateKey,
    computed: [
      "privateKeyOpenssh",
      "privateKeyPem",
      "privateKeyPemPkcs8",
      "publicKeyFingerprintMd5",
      "publicKeyFingerprintSha256",
      "publicKeyOpenssh",
      "publicKeyPem",
    ],
    defaults: { ecdsaCurve: "P224", rsaBits: 2048 },
  },
  "tls:index/selfSignedCert:SelfSignedCert": {
    compute: async (inputs, environment) => (await certificates()).computeSelfSignedCert(inputs, environment),
    computed: [...certificateOutputs, "keyAlgorithm"],
    defaults: { ...certificateDefaults, setAuthorityKeyId: false },
  },
  "tls:index/certRequest:CertRequest": {
    compute: async (inputs) => (await certificates()).computeCertRequest(inputs),
    computed: ["certRequestPem", "keyAlgorithm"],
    defaults: {},
  },
  "tls:index/locallySignedCert:LocallySignedCert": {
    compute: async (inputs, environment) => (await certificates()).computeLocallySignedCert(inputs, environment),
    computed: [...certificateOutputs, "caKeyAlgorithm"],
    defaults: certificateDefaults,
  },
};

/** Arguments that a real update changes in place, without making the resource anew. */
const inPlace = new Set(["earlyRenewalHours"]);

export function isTlsResource(type: string): boolean {
  return Object.hasOwn(types, type);
}

export interface TlsRequest {
  readonly urn: string;
  /** Earlier URNs of the same resource. */
  readonly aliases: readonly string[];
  readonly type: string;
  /** Without markers. */
  readonly inputs: PropertyMap;
  readonly inputsKnown: boolean;
  readonly preview: boolean;
  /** URN of the outermost component around it. */
  readonly owner?: string | undefined;
}

/**
 * Id (undefined while unknown) and outputs of a tls resource: from the state where its inputs have not changed and it
 * need not be renewed, else computed anew and put into the state. A preview leaves the state alone and gives unknown
 * values for what a deployment would make.
 */
export async function resolveTlsResource(
  request: TlsRequest,
  state: StateStore,
  environment: TlsEnvironment,
): Promise<{ readonly id: string | undefined; readonly outputs: PropertyMap }> {
  const type = types[request.type];
  if (type === undefined) throw new Error(`${request.type} is no tls resource`);
  const given = { ...type.defaults, ...request.inputs };
  const inputs = hashInputs(request.inputs);
  const kept = [request.urn, ...request.aliases].map((urn) => state.get(urn)).find((entry) => entry !== undefined);
  const usable =
    request.inputsKnown &&
    kept?.type === request.type &&
    kept.inputs === inputs &&
    !isDueForRenewal(kept, given, environment.now());
  const owner = request.owner === undefined ? {} : { owner: request.owner };
  if (usable) {
    const isAsKept = state.get(request.urn) !== undefined && kept.owner === request.owner;
    if (!isAsKept && !request.preview) state.set(request.urn, { ...kept, ...owner });
    return { id: kept.id, outputs: { ...given, ...kept.outputs } };
  }
  if (request.preview) {
    const unknown = Object.fromEntries(type.computed.map((key) => [key, unknownValue]));
    return { id: undefined, outputs: { ...given, ...unknown } };
  }
  const made = await compute(type, request, environment);
  state.set(request.urn, { type: request.type, inputs, id: made.id, outputs: { ...made.outputs }, ...owner });
  return { id: made.id, outputs: { ...given, ...made.outputs } };
}

async function compute(type: TlsType, request: TlsRequest, environment: TlsEnvironment): Promise<Computed> {
  try {
    return await type.compute(new TlsInputs(request.inputs), environment);
  } catch (error) {
    if (!(error instanceof InvalidTlsInput)) throw error;
    throw renderErrors.EDGE_RENDER_TLS_INPUT({ urn: request.urn, problem: error.message });
  }
}

function isDueForRenewal(entry: StateEntry, inputs: PropertyMap, now: number): boolean {
  const end = entry.outputs.validityEndTime;
  if (typeof end !== "string") return false;
  const early = typeof inputs.earlyRenewalHours === "number" ? inputs.earlyRenewalHours : 0;
  return now >= Date.parse(end) - early * 3_600_000;
}

function hashInputs(inputs: PropertyMap): string {
  const relevant = Object.fromEntries(Object.entries(inputs).filter(([key]) => !inPlace.has(key)));
  return createHash("sha256").update(compactJson(relevant)).digest("hex");
}
