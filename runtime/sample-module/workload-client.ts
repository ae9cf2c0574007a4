/** What the sample needs of IoT Edge's workload API. */
export interface WorkloadClient {
  readonly moduleId: string;
  /** HMAC-SHA256 of the text under the module's own key, in base64. */
  sign(text: string): Promise<string>;
  /** Whether another module signed the text with that result; only the hub may ask. */
  verify(moduleId: string, text: string, digest: Buffer): Promise<boolean>;
  serverCertificate(commonName: string, expiration: Date): Promise<ServerCertificate>;
}

export interface ServerCertificate {
  readonly key: string;
  /** PEM chain, the leaf first. */
  readonly certificate: string;
  readonly expiration: Date;
}

type Environment = Readonly<Record<string, string | undefined>>;

const timeoutMilliseconds = 10_000;
/** The key that IoT Edge's SDKs sign with. */
const keyId = "primary";
const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

/** Makes a client from the environment that IoT Edge gives to every module. */
export function workloadClient(environment: Environment): WorkloadClient {
  const need = (name: string): string => {
    const value = environment[name];
    if (value === undefined) throw new Error(`${name} is not set: this is no IoT Edge module`);
    return value;
  };
  const base = need("IOTEDGE_WORKLOADURI").replace(/\/$/, "");
  const moduleId = need("IOTEDGE_MODULEID");
  const generation = need("IOTEDGE_MODULEGENERATIONID");
  const version = need("IOTEDGE_APIVERSION");
  const own = `/modules/${encodeURIComponent(moduleId)}/genid/${encodeURIComponent(generation)}`;

  async function call<T>(method: "GET" | "POST", path: string, body?: object): Promise<T> {
    const response = await fetch(`${base}${path}?api-version=${version}`, {
      method,
      signal: AbortSignal.timeout(timeoutMilliseconds),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  return {
    moduleId,
    sign: async (text) => {
      const body = { keyId, algo: "HMACSHA256", data: base64(text) };
      return (await call<{ digest: string }>("POST", `${own}/sign`, body)).digest;
    },
    verify: async (other, text, digest) => {
      const body = { keyId, data: base64(text), digest: digest.toString("base64") };
      const path = `/modules/${encodeURIComponent(other)}/verify`;
      return (await call<{ verified: boolean }>("POST", path, body)).verified;
    },
    serverCertificate: async (commonName, expiration) => {
      const answer = await call<CertificateResponse>("POST", `${own}/certificate/server`, { commonName, expiration });
      return {
        key: answer.privateKey.bytes,
        certificate: answer.certificate,
        expiration: new Date(answer.expiration),
      };
    },
  };
}

interface CertificateResponse {
  readonly privateKey: { readonly bytes: string };
  readonly certificate: string;
  readonly expiration: string;
}
