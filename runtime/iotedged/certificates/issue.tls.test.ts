import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { fakeAuthenticator, testAdmission } from "../../../test/fakes/iotedged-api.ts";
import { createTestCa, type TestCa } from "../../../test/fakes/test-ca.ts";
import { createLogger } from "../../shared/logger.ts";
import { type ApiServer, createApiServer } from "../http/api-server.ts";
import { httpLimits } from "../http/limits.ts";
import { createMetrics } from "../metrics.ts";
import { type CertificateRequest, type IssuedCertificate, issueCertificate } from "./issue.ts";
import { loadWorkloadCa } from "./workload-ca.ts";

const hour = 3_600_000;
const life = { notBefore: Date.now() - hour, notAfter: Date.now() + 24 * hour };
const request: CertificateRequest = {
  commonName: "iotedged",
  alternativeNames: [{ type: "dns", value: "iotedged" }],
  usage: "server",
  notAfter: Date.now() + hour,
};

let roots: Readonly<Record<"old" | "new", TestCa>>;
let leaves: Readonly<Record<"old" | "new", IssuedCertificate>>;
let server: ApiServer | undefined;

beforeAll(async () => {
  roots = {
    old: await createTestCa({ name: "root CA", ...life }),
    new: await createTestCa({ name: "root CA r2", ...life }),
  };
  leaves = { old: await leafBelow(roots.old), new: await leafBelow(roots.new) };
});

afterEach(() => server?.close(0));

async function leafBelow(issuer: TestCa): Promise<IssuedCertificate> {
  const ca = await createTestCa({ name: "workload CA", ...life, issuer });
  return issueCertificate(await loadWorkloadCa(ca.certificatePem, ca.keyPem), request, Date.now());
}

const bundles = {
  old: () => roots.old.certificatePem,
  both: () => roots.old.certificatePem + roots.new.certificatePem,
  new: () => roots.new.certificatePem,
};

/** An API of iotedged that has no route: what it says of TLS is the same. */
async function serve(leaf: IssuedCertificate): Promise<number> {
  server = createApiServer({
    routes: {},
    handlers: {},
    certificate: { current: leaf, onChange: () => () => {}, stop: () => {} },
    authenticator: fakeAuthenticator([]),
    admission: testAdmission(httpLimits),
    budgets: { spend: () => {} },
    audit: { tell: () => {}, stop: () => {} },
    metrics: createMetrics(),
    log: createLogger({ component: "iotedged", level: "silent" }),
  });
  return server.listen({ port: 0, host: "127.0.0.1" });
}

interface Answer {
  readonly verdict: string;
  readonly socket: TLSSocket;
}

function handshake(port: number, ca: string, options: object = {}): Promise<Answer> {
  const socket = connect({ port, host: "127.0.0.1", servername: "iotedged", ca, ...options });
  return new Promise((resolve) => {
    socket.once("secureConnect", () => resolve({ verdict: "accepted", socket }));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve({ verdict: error.code ?? "refused", socket }));
  });
}

describe("certificate x bundle", () => {
  const refused = expect.stringMatching(/^(SELF_SIGNED|UNABLE_TO)/);
  it.each([
    ["old", "old", "accepted"],
    ["old", "both", "accepted"],
    ["old", "new", refused],
    ["new", "old", refused],
    ["new", "both", "accepted"],
    ["new", "new", "accepted"],
  ] as const)("%s certificate, %s bundle: %s", async (leaf, bundle, verdict) => {
    const port = await serve(leaves[leaf]);
    const answer = await handshake(port, bundles[bundle]());
    answer.socket.destroy();
    expect(answer.verdict).toEqual(verdict);
  });
});

describe("a session from before", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)("is not resumed past a root that was taken out, by %s", async (version) => {
    const limits = { minVersion: version, maxVersion: version };
    const port = await serve(leaves.old);
    const first = await handshake(port, bundles.old(), limits);
    expect(first.verdict).toBe("accepted");
    const tickets: Buffer[] = [];
    first.socket.on("session", (session) => tickets.push(session));
    first.socket.write("GET / HTTP/1.1\r\nHost: iotedged\r\n\r\n");
    await once(first.socket, "data");
    const session = tickets.at(-1) ?? first.socket.getSession();
    first.socket.destroy();

    const again = await handshake(port, bundles.both(), { ...limits, session });
    expect(again.socket.isSessionReused()).toBe(false);
    again.socket.destroy();
    const late = await handshake(port, bundles.new(), { ...limits, session });
    late.socket.destroy();
    expect(late.verdict).not.toBe("accepted");
  });
});
