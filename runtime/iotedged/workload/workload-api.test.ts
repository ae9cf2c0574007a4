import { createHmac, createPrivateKey, createSecretKey, X509Certificate } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { fakeAuthenticator, startTestApi, type TestApi } from "../../../test/fakes/iotedged-api.ts";
import { createTestCa, type TestCa } from "../../../test/fakes/test-ca.ts";
import { loadWorkloadCa } from "../certificates/workload-ca.ts";
import type { CiphertextVersion } from "../keys/encryption.ts";
import { createModuleCertificates } from "./module-certificates.ts";
import { workloadRoutes } from "./routes.ts";
import { createWorkloadApi } from "./workload-api.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const day = 86_400_000;
const longHost = `${"a".repeat(60)}.${"b".repeat(60)}.example`;
const rootKey = createSecretKey(Buffer.alloc(32, 1));

let api: TestApi;
let authority: TestCa;
let issued: string[];
let fetched: string[];
let ciphertexts: { current: CiphertextVersion | undefined };

beforeEach(async () => {
  authority = await createTestCa({ name: "workload ca", notBefore: start - day, notAfter: start + 200 * day });
  const ca = { current: await loadWorkloadCa(authority.certificatePem, authority.keyPem) };
  issued = [];
  fetched = [];
  ciphertexts = { current: 2 };
  const certificates = createModuleCertificates({
    settings: {
      installation: { name: "a", namespace: "edge-a" },
      deviceId: "device-1",
      hubHostname: "hub.example",
      gatewayHostname: "Gateway.example",
      certificates: { servingDays: 90, serverMaxDays: 30 },
    },
    ca,
    namesOf: ({ moduleId }) => ({
      hostname: moduleId === "sensor" ? "publisher" : undefined,
      serviceNames: [],
      allotted: moduleId === "sensor" ? ["MyHost.example", "10.1.2.3", longHost] : [],
    }),
    clock: new FakeClock(start),
    onIssued: (module, kind) => void issued.push(`${kind} ${module.moduleId}`),
  });
  api = await startTestApi({
    routes: workloadRoutes,
    handlers: createWorkloadApi({
      keys: {
        rootKey,
        encryptionKey: createSecretKey(Buffer.alloc(32, 2)),
        oldEncryptionKey: createSecretKey(Buffer.alloc(32, 3)),
      },
      ciphertexts: {
        get current() {
          return ciphertexts.current;
        },
      },
      readsOld: true,
      certificates,
      trustBundle: { current: { pem: authority.certificatePem, hash: "ab12", authorities: [] } },
      onBundleFetched: ({ moduleId }) => void fetched.push(moduleId),
      listModules: () => [],
      generationOf: (moduleId) => (moduleId === "sensor" ? "gen-sensor" : undefined),
    }),
    authenticator: fakeAuthenticator(["sensor", "hub", "$edgeHub", "a b", "a%20b", `m${"x".repeat(90)}`]),
  });
});

afterEach(() => api.close());

const post = (what: string, body: unknown, module = "sensor") => {
  const generation = `gen-${module.replace("$", "").toLowerCase()}`;
  const path = `/modules/${encodeURIComponent(module)}/${what.replace("{}", `genid/${generation}`)}`;
  return api.call(module, "POST", `${path}?api-version=2019-01-30`, { body });
};
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("sign", () => {
  it("gives the digest that IoT Hub would compute", async () => {
    const answer = await post("{}/sign", { keyId: "primary", algo: "HMACSHA256", data: base64("hello") }, "$edgeHub");
    const key = createHmac("sha256", Buffer.alloc(32, 1)).update("$edgeHubprimarygen-edgehub").digest();
    const digest = createHmac("sha256", key).update("hello").digest("base64");
    expect(answer).toMatchObject({ status: 200, json: { digest } });
  });

  it.each([
    { keyId: "primary", algo: "HMACSHA256", data: "no base64!" },
    { keyId: "primary", algo: "HMACSHA256", data: "aGk" },
    { keyId: "primary", algo: "HMACSHA256", data: "aGk=\n..." },
    { keyId: "primary", algo: "HMACSHA256", data: "a===" },
    { keyId: "primary", algo: "HMACSHA256", data: "-_-_" },
    { keyId: "primary", algo: "MD5", data: "" },
    { algo: "HMACSHA256", data: "" },
    { keyId: "primary", algo: "HMACSHA256" },
  ])("answers 400 to %j", async (body) => {
    expect((await post("{}/sign", body)).status).toBe(400);
  });
});

describe("verify", () => {
  const signed = async (module = "sensor") => {
    const { json } = await post("{}/sign", { keyId: "primary", data: base64("hello") }, module);
    return { keyId: "primary", data: base64("hello"), digest: json.digest as string };
  };
  const verify = (name: string, body: object, caller = "$edgeHub") =>
    api.call(caller, "POST", `/modules/${encodeURIComponent(name)}/verify?api-version=2020-07-07`, { body });

  it("tells the hub what a module signed", async () => {
    expect(await verify("sensor", await signed())).toMatchObject({ status: 200, json: { verified: true } });
  });

  it("says no to other data, keys and signers, and to modules that do not exist", async () => {
    const good = await signed();
    const changes = [{ data: base64("hullo") }, { keyId: "secondary" }, { digest: "" }, await signed("hub")];
    for (const change of changes)
      expect((await verify("sensor", { ...good, ...change })).json).toEqual({ verified: false });
    expect((await verify("hub", await signed("hub"))).json).toEqual({ verified: false });
  });

  it("is the hub's alone, and needs base64", async () => {
    expect((await verify("sensor", await signed(), "sensor")).status).toBe(403);
    expect((await verify("sensor", { ...(await signed()), digest: "no base64!" })).status).toBe(400);
  });
});

describe("encrypt and decrypt", () => {
  const initializationVector = base64("a vector");

  it("give a module its data back, and nobody else", async () => {
    const encrypted = await post("{}/encrypt", { plaintext: base64("secret"), initializationVector });
    expect(encrypted.status).toBe(200);
    const { ciphertext } = encrypted.json;
    const decrypted = await post("{}/decrypt", { ciphertext, initializationVector });
    expect(decrypted).toMatchObject({ status: 200, json: { plaintext: base64("secret") } });
    expect((await post("{}/decrypt", { ciphertext, initializationVector }, "hub")).status).toBe(400);
  });

  it("give another module nothing that has a ciphertext and its vector, whatever it encrypts or decrypts", async () => {
    const secret = "the secret of another";
    const { ciphertext } = (await post("{}/encrypt", { plaintext: base64(secret), initializationVector })).json;
    const sealed = Buffer.from(ciphertext, "base64");
    const zeros = Buffer.alloc(secret.length).toString("base64");
    const own = await post("{}/encrypt", { plaintext: zeros, initializationVector }, "hub");
    const stream = Buffer.from(own.json.ciphertext, "base64").subarray(-secret.length);
    const found = sealed.subarray(-secret.length).map((byte, at) => byte ^ (stream[at] ?? 0));
    expect(Buffer.from(found).toString("latin1")).not.toBe(secret);

    const ownHeader = Buffer.from(own.json.ciphertext, "base64").subarray(0, -secret.length);
    const tries = [
      sealed,
      Buffer.concat([Buffer.of(1), sealed.subarray(1)]),
      Buffer.concat([Buffer.of(1), sealed.subarray(33)]),
      Buffer.concat([ownHeader, sealed.subarray(-secret.length)]),
    ];
    for (const made of tries) {
      const answer = await post("{}/decrypt", { ciphertext: made.toString("base64"), initializationVector }, "hub");
      expect(answer).toMatchObject({ status: 400, json: { message: "ciphertext cannot be decrypted" } });
    }
  });

  it("follow what all replicas read, and still give a module what it encrypted before", async () => {
    const made: string[] = [];
    for (const current of [1, 2, 1] as const) {
      ciphertexts.current = current;
      const { json } = await post("{}/encrypt", { plaintext: base64("secret"), initializationVector });
      expect(Buffer.from(json.ciphertext, "base64")[0]).toBe(current);
      made.push(json.ciphertext);
    }
    for (const ciphertext of made) {
      const decrypted = await post("{}/decrypt", { ciphertext, initializationVector });
      expect(decrypted).toMatchObject({ status: 200, json: { plaintext: base64("secret") } });
      expect((await post("{}/decrypt", { ciphertext, initializationVector }, "hub")).status).toBe(400);
    }
  });

  it("write nothing before it is known what all replicas read", async () => {
    ciphertexts.current = undefined;
    const answer = await post("{}/encrypt", { plaintext: base64("secret"), initializationVector });
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(JSON.stringify(answer.json)).not.toContain('ciphertext":');
  });

  it("answer 400 to an empty vector, to one that is too long and to what is no ciphertext, always alike", async () => {
    expect((await post("{}/encrypt", { plaintext: "", initializationVector: "" })).status).toBe(400);
    for (const path of ["encrypt", "decrypt"]) {
      const body = { [path === "encrypt" ? "plaintext" : "ciphertext"]: base64("x".repeat(40)) };
      const answer = await post(`{}/${path}`, { ...body, initializationVector: base64("x".repeat(129)) });
      expect(answer).toMatchObject({ status: 400, json: { message: expect.stringContaining("initializationVector") } });
    }
    for (const ciphertext of ["", base64("short"), base64("x".repeat(40))]) {
      const answer = await post("{}/decrypt", { ciphertext, initializationVector });
      expect(answer).toMatchObject({ status: 400, json: { message: "ciphertext cannot be decrypted" } });
    }
  });
});

describe("certificate/server", () => {
  const expiration = new Date(start + 10 * day).toISOString();
  const ask = (commonName: string, module = "sensor", end = expiration) =>
    post("{}/certificate/server", { commonName, expiration: end }, module);

  it("gives a key, a chain and its end, for the host that is allotted and the module's Service", async () => {
    const answer = await ask("MyHost.example");
    expect(answer.status).toBe(201);
    const { privateKey, certificate, expiration: end } = answer.json;
    const leaf = new X509Certificate(certificate);
    expect(privateKey.type).toBe("key");
    expect(leaf.checkPrivateKey(createPrivateKey(privateKey.bytes))).toBe(true);
    expect(leaf.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
    expect(leaf.subject).toBe("CN=MyHost.example");
    expect(leaf.subjectAltName?.split(", ")).toEqual([
      "DNS:myhost.example",
      "DNS:sensor",
      "DNS:sensor.edge-a",
      "DNS:sensor.edge-a.svc",
      "DNS:sensor.edge-a.svc.cluster.local",
    ]);
    expect(certificate.endsWith(authority.certificatePem)).toBe(true);
    expect(end).toBe("2026-01-11T00:00:00Z");
    expect(issued).toEqual(["server sensor"]);
  });

  it("names an address as one", async () => {
    expect(new X509Certificate((await ask("10.1.2.3")).json.certificate).subjectAltName).toContain(
      "IP Address:10.1.2.3",
    );
  });

  it("caps the end to what the settings allow", async () => {
    expect((await ask("sensor", "sensor", "2099-01-01T00:00:00Z")).json.expiration).toBe("2026-01-31T00:00:00Z");
  });

  it("keeps a common name within X.520, and the long host among the alternative names", async () => {
    const leaf = new X509Certificate((await ask(longHost)).json.certificate);
    expect(leaf.subject).toBe("CN=sensor");
    expect(leaf.subjectAltName).toContain(`DNS:${longHost}`);
  });

  it.each([
    ["", expiration],
    ["a b", expiration],
    ["*.example", expiration],
    ["sensor", ""],
    ["sensor", "tomorrow"],
    ["sensor", "2025-12-31T23:59:59Z"],
    ["sensor", "2026-01-01T00:00:00Z"],
  ])("answers 400 to host %j until %j", async (host, end) => {
    expect((await ask(host, "sensor", end)).status).toBe(400);
    expect(issued).toEqual([]);
  });

  it.each([
    ["Gateway.example", "sensor", "the gateway's name"],
    ["gateway.example", "hub", "the gateway's name"],
    ["iotedged", "sensor", "a name of iotedged"],
    ["hub", "sensor", "another Service"],
    ["not-there-yet.edge-a.svc", "sensor", "another Service"],
    ["elsewhere.example", "sensor", "does not allot it"],
    ["MyHost.example", "hub", "does not allot it"],
  ])("answers 403 with a code to %s for %s, and issues nothing", async (host, module, reason) => {
    const answer = await ask(host, module);
    expect(answer.status).toBe(403);
    expect(answer.json.message).toMatch(/^EDGE_IOTEDGED_NAME_REFUSED: a server certificate for /);
    expect(answer.json.message).toContain(reason);
    expect(issued).toEqual([]);
    const line = JSON.parse(api.log.find((text) => text.includes('"audit"')) ?? "{}");
    expect(line).toMatchObject({
      audit: "refused",
      action: "workload.certificate.server",
      status: 403,
      rule: expect.stringMatching(/^name-/),
      name: host.toLowerCase(),
      module,
    });
  });

  it("gives $edgeHub the gateway's name beside its own", async () => {
    const leaf = new X509Certificate((await ask("Gateway.example", "$edgeHub")).json.certificate);
    expect(leaf.subject).toBe("CN=Gateway.example");
    expect(leaf.subjectAltName).toMatch(/^DNS:gateway\.example, DNS:edgehub, DNS:edgehub\.edge-a,/);
  });

  it.each(["publisher", "sensor-1"])(
    "gives a module that asks for its host name, %s, the names of its Service",
    async (name) => {
      const leaf = new X509Certificate((await ask(name)).json.certificate);
      expect(leaf.subject).toBe("CN=sensor");
      expect(leaf.subjectAltName).toMatch(/^DNS:sensor, DNS:sensor\.edge-a, /);
      expect(leaf.checkHost(name)).toBeUndefined();
    },
  );
});

describe("certificate/identity", () => {
  it("gives a client certificate that names the module, for two hours", async () => {
    const answer = await post("certificate/identity", {}, "$edgeHub");
    expect(answer.status).toBe(201);
    const leaf = new X509Certificate(answer.json.certificate);
    expect(leaf.subject).toBe("CN=$edgeHub");
    expect(leaf.subjectAltName).toBe("URI:azureiot://hub.example/devices/device-1/modules/$edgeHub");
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(answer.json.expiration).toBe("2026-01-01T02:00:00Z");
  });

  it("tells modules apart whose ids differ in how a URI writes them", async () => {
    const uri = async (id: string) =>
      new X509Certificate((await post("certificate/identity", {}, id)).json.certificate).subjectAltName;
    expect(await uri("a b")).toBe("URI:azureiot://hub.example/devices/device-1/modules/a%20b");
    expect(await uri("a%20b")).toBe("URI:azureiot://hub.example/devices/device-1/modules/a%2520b");
  });

  it("takes an earlier end and caps a later one", async () => {
    const end = async (expiration: string) => (await post("certificate/identity", { expiration })).json.expiration;
    expect(await end("2026-01-01T00:30:00Z")).toBe("2026-01-01T00:30:00Z");
    expect(await end("2026-02-01T00:00:00Z")).toBe("2026-01-01T02:00:00Z");
  });
});

it("gives the trust bundle", async () => {
  const answer = await api.call("sensor", "GET", "/trust-bundle?api-version=2018-06-28");
  expect(answer).toMatchObject({ status: 200, json: { certificate: authority.certificatePem } });
  expect(fetched).toEqual(["sensor"]);
});

it("has no manifest trust bundle, and says so as IoT Edge does, to versions that know of one", async () => {
  const ask = (version: string) => api.call("sensor", "GET", `/manifest-trust-bundle?api-version=${version}`);
  for (const version of ["2020-07-07", "2021-12-07", "2022-08-03"])
    expect(await ask(version)).toMatchObject({ status: 200, json: { certificate: "" } });
  expect((await ask("2020-05-11")).status).toBe(404);
});

it("gives the hash of the trust bundle without counting the bundle as fetched", async () => {
  const answer = await api.call("sensor", "GET", "/trust-bundle/hash?api-version=2020-07-07");
  expect(answer).toMatchObject({ status: 200, json: { sha256: "ab12" } });
  expect(fetched).toEqual([]);
});
