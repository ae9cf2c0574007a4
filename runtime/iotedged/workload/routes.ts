import Type from "typebox";
import { base64, dateTime } from "../api/formats.ts";
import type { RouteTable } from "../api/route.ts";
import { moduleList } from "../management/module-schemas.ts";

const expiration = dateTime("RFC 3339 time, which must be to come; the certificate may end earlier.");

const certificate = Type.Object({
  privateKey: Type.Object({ type: Type.Literal("key"), bytes: Type.String({ description: "PEM, PKCS #8." }) }),
  certificate: Type.String({ description: "PEM: the certificate, then the CAs above it." }),
  expiration: dateTime("End of the certificate."),
});

const vector = base64("Initialization vector, 1 to 128 bytes", { minLength: 4, maxLength: 172 });

const dnsLabel = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";
/** As a certificate can name it; addresses of IPv4 look like names. */
const host = Type.Unsafe<string>({
  type: "string",
  description: "Host name or IP address.",
  anyOf: [{ maxLength: 253, pattern: `^${dnsLabel}(\\.${dnsLabel})*$` }, { format: "ipv6" }],
});

/** The workload API: what modules get for themselves. Names are those of `iotedge_request_duration_seconds{route}`. */
export const workloadRoutes = {
  "workload.modules": {
    method: "GET",
    path: "/modules",
    summary: "Lists the modules with the state of their pods.",
    since: "2018-06-28",
    access: "installation",
    budget: "requests",
    status: 200,
    response: moduleList,
  },
  "workload.sign": {
    method: "POST",
    path: "/modules/:name/genid/:genid/sign",
    summary: "Signs data with a key of the module.",
    since: "2018-06-28",
    access: "self",
    budget: "requests",
    body: Type.Object({
      keyId: Type.String({ maxLength: 128, description: "Part of the key's name; SDKs send `primary`." }),
      algo: Type.Optional(Type.Literal("HMACSHA256")),
      data: base64("What to sign"),
    }),
    status: 200,
    response: Type.Object({ digest: base64("HMAC-SHA256 of the data") }),
  },
  "workload.verify": {
    method: "POST",
    path: "/modules/:name/verify",
    summary: "Tells whether a module, in its present generation, signed data. An addition to IoT Edge's API.",
    since: "2020-07-07",
    access: "edgeHub",
    audited: true,
    budget: "requests",
    body: Type.Object({
      keyId: Type.String({ maxLength: 128, description: "As the module gave it when it signed." }),
      data: base64("What was signed"),
      digest: base64("What `sign` gave"),
    }),
    status: 200,
    response: Type.Object({ verified: Type.Boolean({ description: "False for unknown modules, too." }) }),
  },
  "workload.encrypt": {
    method: "POST",
    path: "/modules/:name/genid/:genid/encrypt",
    summary: "Encrypts data for the module alone, in its present generation.",
    since: "2018-06-28",
    access: "self",
    budget: "requests",
    body: Type.Object({ plaintext: base64("What to encrypt"), initializationVector: vector }),
    status: 200,
    response: Type.Object({ ciphertext: base64("What only this module can decrypt") }),
  },
  "workload.decrypt": {
    method: "POST",
    path: "/modules/:name/genid/:genid/decrypt",
    summary: "Decrypts what `encrypt` gave.",
    since: "2018-06-28",
    access: "self",
    budget: "requests",
    body: Type.Object({ ciphertext: base64("What encrypt gave"), initializationVector: vector }),
    status: 200,
    response: Type.Object({ plaintext: base64("What was encrypted") }),
  },
  "workload.certificate.identity": {
    method: "POST",
    path: "/modules/:name/certificate/identity",
    summary: "Issues a client certificate that names the module.",
    since: "2018-06-28",
    access: "self",
    budget: "certificates",
    body: Type.Object({ expiration: Type.Optional(expiration) }),
    status: 201,
    response: certificate,
  },
  "workload.certificate.server": {
    method: "POST",
    path: "/modules/:name/genid/:genid/certificate/server",
    summary: "Issues a server certificate for a host name.",
    since: "2018-06-28",
    access: "self",
    budget: "certificates",
    body: Type.Object({ commonName: host, expiration }),
    status: 201,
    response: certificate,
  },
  "workload.trust-bundle": {
    method: "GET",
    path: "/trust-bundle",
    summary: "Gives the CAs that modules trust.",
    since: "2018-06-28",
    access: "installation",
    budget: "requests",
    status: 200,
    response: Type.Object({ certificate: Type.String({ description: "PEM of the trusted CAs." }) }),
  },
  "workload.manifest-trust-bundle": {
    method: "GET",
    path: "/manifest-trust-bundle",
    summary: "Gives the CA by which EdgeAgent checks a signed manifest: none, as an IoT Edge without one answers.",
    since: "2020-07-07",
    access: "installation",
    budget: "requests",
    status: 200,
    response: Type.Object({
      certificate: Type.Literal("", {
        description: "Always empty: who may write the manifest's ConfigMap decides what runs, not a signature.",
      }),
    }),
  },
  "workload.trust-bundle-hash": {
    method: "GET",
    path: "/trust-bundle/hash",
    summary: "Gives the hash of the trust bundle: what a proxy asks for when its module is silent. An addition.",
    since: "2020-07-07",
    access: "installation",
    budget: "requests",
    status: 200,
    response: Type.Object({
      sha256: Type.String({ pattern: "^[0-9a-f]{64}$", description: "Lowercase hex SHA-256 of the bundle's bytes." }),
    }),
  },
} as const satisfies RouteTable;
