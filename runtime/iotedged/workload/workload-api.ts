import type { Handlers } from "../api/route.ts";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import { formatRfc3339 } from "../certificates/expiration.ts";
import type { IssuedCertificate } from "../certificates/issue.ts";
import type { TrustBundle } from "../certificates/trust-bundle.ts";
import { badRequest, unavailable } from "../http-error.ts";
import { decrypt, encrypt, readableVersions } from "../keys/encryption.ts";
import type { InstallationKeys } from "../keys/installation-keys.ts";
import { createSigner, isSignedBy } from "../keys/sign.ts";
import type { WrittenVersion } from "../keys/written-version.ts";
import type { ModuleDetails } from "../management/module-schemas.ts";
import type { ModuleCertificates } from "./module-certificates.ts";
import type { workloadRoutes } from "./routes.ts";

/** Serves the workload API. Every call is about the module that makes it. */
export function createWorkloadApi(options: {
  readonly keys: InstallationKeys;
  readonly ciphertexts: Pick<WrittenVersion, "current">;
  /** Whether ciphertexts of the first form are read. */
  readonly readsOld: boolean;
  readonly certificates: ModuleCertificates;
  readonly trustBundle: { readonly current: TrustBundle };
  /** Told of each module that gets the trust bundle. */
  readonly onBundleFetched: (module: ModuleIdentity) => void;
  readonly listModules: () => ModuleDetails[];
  /** The present generation of a module; undefined when there is no such module. */
  readonly generationOf: (moduleId: string) => string | undefined;
}): Handlers<typeof workloadRoutes> {
  const { keys, ciphertexts, certificates, trustBundle, listModules, generationOf } = options;
  const sign = createSigner(keys.rootKey);
  const accepted = options.readsOld ? readableVersions : readableVersions.filter((version) => version !== 1);
  return {
    "workload.modules": () => ({ modules: listModules() }),
    "workload.sign": (module, { keyId, data }) => ({
      digest: sign(module, keyId, bytesOf(data)).digest("base64"),
    }),
    "workload.verify": (_, { keyId, data, digest }, { name = "" }) => {
      const generationId = generationOf(name);
      const signed = { keyId, data: bytesOf(data), digest: bytesOf(digest) };
      return { verified: generationId !== undefined && isSignedBy(sign, { moduleId: name, generationId }, signed) };
    },
    "workload.encrypt": (module, { plaintext, initializationVector }) => {
      const data = bytesOf(plaintext);
      const vector = decodeVector(initializationVector);
      const version = ciphertexts.current;
      if (version === undefined) throw unavailable("unavailable", "It is not known yet what all replicas can decrypt");
      return { ciphertext: encrypt(keys, version, module, vector, data).toString("base64") };
    },
    "workload.decrypt": (module, { ciphertext, initializationVector }) => {
      const data = bytesOf(ciphertext);
      const plaintext = decrypt(keys, module, decodeVector(initializationVector), data, accepted);
      if (plaintext === undefined) throw badRequest("ciphertext cannot be decrypted");
      return { plaintext: plaintext.toString("base64") };
    },
    "workload.certificate.identity": async (module: ModuleIdentity, { expiration }) =>
      certificateResponse(await certificates.issueIdentity(module, expiration)),
    "workload.certificate.server": async (module, { commonName, expiration }) =>
      certificateResponse(await certificates.issueServer(module, commonName, expiration)),
    "workload.trust-bundle": (module) => {
      options.onBundleFetched(module);
      return { certificate: trustBundle.current.pem };
    },
    "workload.manifest-trust-bundle": () => ({ certificate: "" as const }),
    "workload.trust-bundle-hash": () => ({ sha256: trustBundle.current.hash }),
  };
}

/** Longest initialization vector in bytes that OpenSSL takes. */
const maxVector = 128;

/** Of a text that the route's schema has found to be base64. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text, "base64");
}

function decodeVector(text: string): Buffer {
  const vector = bytesOf(text);
  if (vector.length === 0) throw badRequest("initializationVector is empty");
  if (vector.length > maxVector) throw badRequest(`initializationVector is longer than ${maxVector} bytes`);
  return vector;
}

function certificateResponse({ certificate, privateKey, notAfter }: IssuedCertificate) {
  return {
    privateKey: { type: "key" as const, bytes: privateKey },
    certificate,
    expiration: formatRfc3339(notAfter),
  };
}
