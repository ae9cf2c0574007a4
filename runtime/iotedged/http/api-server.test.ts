import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import Type from "typebox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakeAuthenticator, startTestApi, type TestApi, tokenOf } from "../../../test/fakes/iotedged-api.ts";
import { createTestCa } from "../../../test/fakes/test-ca.ts";
import type { RouteTable } from "../api/route.ts";
import { unavailable } from "../http-error.ts";

const canary = "s3cr3t-canary";
const response = Type.Object({ who: Type.String() });
const routes = {
  "test.read": {
    method: "GET",
    path: "/things",
    summary: "",
    since: "2018-06-28",
    access: "installation",
    budget: "requests",
    status: 200,
    response,
  },
  "test.new": {
    method: "GET",
    path: "/new",
    summary: "",
    since: "2019-11-05",
    access: "installation",
    budget: "requests",
    status: 200,
    response,
  },
  "test.agent": {
    method: "GET",
    path: "/agent",
    summary: "",
    since: "2018-06-28",
    access: "edgeAgent",
    budget: "requests",
    status: 200,
    response,
  },
  "test.write": {
    method: "POST",
    path: "/modules/:name/genid/:genid/write",
    summary: "",
    since: "2018-06-28",
    access: "self",
    budget: "certificates",
    body: Type.Object({ text: Type.String() }),
    status: 201,
    response,
  },
  "test.anything": {
    method: "POST",
    path: "/anything",
    summary: "",
    since: "2018-06-28",
    access: "installation",
    budget: "requests",
    body: Type.Unknown(),
    status: 201,
    response,
  },
} as const satisfies RouteTable;

const version = "api-version=2018-06-28";
const ownPath = `/modules/sensor/genid/gen-sensor/write?${version}`;

let api: TestApi;
let entered: (() => void) | undefined;
let leave: Promise<void> | undefined;

beforeEach(async () => {
  [entered, leave] = [undefined, undefined];
  api = await start();
});

afterEach(() => api.close());

type Options = Partial<Pick<Parameters<typeof startTestApi<typeof routes>>[0], "limits" | "rates">>;

function start(options: Options = {}): Promise<TestApi> {
  return startTestApi({
    routes,
    handlers: {
      "test.read": async ({ moduleId }) => {
        entered?.();
        await leave;
        return { who: moduleId };
      },
      "test.new": ({ moduleId }) => ({ who: moduleId }),
      "test.agent": ({ moduleId }) => ({ who: moduleId }),
      "test.anything": ({ moduleId }) => ({ who: moduleId }),
      "test.write": ({ moduleId }, { text }) => {
        if (text === "overload") throw unavailable("overloaded", "Try again");
        if (text === "crash") throw new Error(`crash with ${canary}`);
        return { who: moduleId };
      },
    },
    authenticator: fakeAuthenticator(["sensor", "hub", "$edgeAgent"]),
    ...options,
  });
}

/** In place of the one that every test has. */
async function startAnew(options: Options): Promise<void> {
  await api.close();
  api = await start(options);
}

const write = (body: unknown, headers: Record<string, string> = {}) =>
  api.call("sensor", "POST", ownPath, { body, headers });

async function raw(text: string): Promise<string> {
  const socket = await open();
  socket.end(text);
  return readAll(socket);
}

async function open(options: object = {}): Promise<TLSSocket> {
  const socket = connect({
    port: api.port,
    host: "127.0.0.1",
    servername: "localhost",
    ca: api.ca.certificatePem,
    ...options,
  });
  // A reset is told to whoever reads; one that comes while nobody reads must not end the test run.
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

async function readAll(socket: TLSSocket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}

describe("what is served", () => {
  it("answers a module with JSON, a request id, and nothing to be cached", async () => {
    const answer = await api.call("sensor", "GET", `/things?${version}`);
    expect(answer).toMatchObject({ status: 200, json: { who: "sensor" } });
    expect(answer.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-request-id": expect.stringMatching(/^[0-9a-f]{12}-\d+$/),
    });
  });

  it("goes by the request id of a proxy, and by no other text", async () => {
    const idOf = async (id: string) => {
      const { headers } = await api.call("sensor", "GET", `/things?${version}`, { headers: { "x-request-id": id } });
      return headers["x-request-id"];
    };
    expect(await idOf("17959706920011234567890123456789")).toBe("17959706920011234567890123456789");
    for (const id of ["1", "1".repeat(33), "forged", `${"1".repeat(31)}x`]) expect(await idOf(id)).not.toBe(id);
  });

  it("takes a path with a slash at its end, as clients of the first version may send", async () => {
    expect((await api.call("sensor", "GET", `/things/?${version}`)).status).toBe(200);
  });

  it("refuses an empty body where one is read, whatever the schema would allow", async () => {
    const empty = { status: 400, json: { message: "The body is empty" } };
    expect(await api.call("sensor", "POST", `/anything?${version}`)).toMatchObject(empty);
    expect((await api.call("sensor", "POST", `/anything?${version}`, { body: 1 })).status).toBe(201);
  });

  it("reads a JSON body whatever media type is named, and unknown fields do no harm", async () => {
    expect((await write({ text: "x", more: 1 })).status).toBe(201);
    expect((await write({ text: "x" }, { "content-type": "text/plain" })).status).toBe(201);
  });
});

describe("what is not served", () => {
  it.each([
    ["GET", "/"],
    ["GET", "/nothing"],
    ["GET", "//things"],
    ["GET", "/things/../things"],
    ["GET", "/Things"],
  ])("answers 404 to %s %s", async (method, path) => {
    const answer = await api.call("sensor", method, `${path}?${version}`);
    expect(answer).toMatchObject({ status: 404, json: { message: "Not found" } });
  });

  it.each(["HEAD", "POST", "OPTIONS", "PATCH", "DELETE"])(
    "answers 405 to %s where only GET is served, with the methods that there are",
    async (method) => {
      const answer = await api.call("sensor", method, `/things?${version}`);
      expect(answer).toMatchObject({ status: 405, headers: { allow: "GET" } });
      if (method !== "HEAD") expect(answer.json).toEqual({ message: "There is no such method for this path" });
    },
  );

  it.each(["", "?api-version=", "?api-version=2017-01-01", `?${version}&${version}`, "?API-VERSION=2018-06-28"])(
    "answers 400 to API version %j",
    async (query) => {
      const answer = await api.call("sensor", "GET", `/things${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json.message).toMatch(/^Invalid API version/);
    },
  );

  it("does not show a route to a version that did not have it", async () => {
    expect((await api.call("sensor", "GET", "/new?api-version=2019-10-22")).status).toBe(404);
    expect((await api.call("sensor", "GET", "/new?api-version=2020-07-07")).status).toBe(200);
  });

  it("answers 401 to who does not say who it is, before the body is looked at", async () => {
    for (const caller of [undefined, "stranger"]) {
      const answer = await api.call(caller, "POST", ownPath, { body: "{" });
      expect(answer.status).toBe(401);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
    }
  });

  it("answers 403 to a module that means another", async () => {
    for (const path of [
      "hub/genid/gen-hub",
      "sensor/genid/gen-hub",
      "hub/genid/gen-sensor",
      "%24edgeAgent/genid/gen-edgeagent",
    ]) {
      expect(
        (await api.call("sensor", "POST", `/modules/${path}/write?${version}`, { body: { text: "x" } })).status,
      ).toBe(403);
    }
    expect((await api.call("sensor", "GET", `/agent?${version}`)).status).toBe(403);
    expect((await api.call("$edgeAgent", "GET", `/agent?${version}`)).status).toBe(200);
  });

  it.each([
    ["no JSON", "{", 400],
    ["no body", "", 400],
    ["a field of the wrong type", { text: 5 }, 400],
    ["a missing field", {}, 400],
    ["a polluting key", '{"text":"x","__proto__":{}}', 400],
    ["a body above 64 KiB", { text: "x".repeat(64 * 1024) }, 413],
  ])("answers a body of %s with its error", async (_what, body, status) => {
    const answer = await write(body);
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.json)).toEqual(["message"]);
  });

  it("answers 415 to a compressed body", async () => {
    expect((await write({ text: "x" }, { "content-encoding": "gzip" })).status).toBe(415);
  });

  it("answers 400 to a path that cannot be decoded, and 414 to one that is too long", async () => {
    expect((await api.call("sensor", "GET", `/modules/%zz?${version}`)).status).toBe(400);
    expect((await api.call("sensor", "POST", `/modules/${"a".repeat(1025)}/genid/x/write?${version}`)).status).toBe(
      414,
    );
  });

  it("answers 503 with Retry-After when there is no room", async () => {
    const answer = await write({ text: "overload" });
    expect(answer).toMatchObject({ status: 503, json: { message: "Try again" }, headers: { "retry-after": "1" } });
  });

  it("answers 429 with Retry-After to a module that spent its budget, and serves the rest of its wishes and the others", async () => {
    // One comes back in half a minute: more than three requests take on any machine.
    await startAnew({ rates: { requestsPerSecond: 50, certificatesPerMinute: 2 } });
    for (let index = 0; index < 2; index++) expect((await write({ text: "x" })).status).toBe(201);
    const answer = await write({ text: "x" });
    expect(answer).toMatchObject({ status: 429, headers: { "retry-after": expect.stringMatching(/^([12]?\d|30)$/) } });
    expect(Object.keys(answer.json)).toEqual(["message"]);
    expect((await api.call("sensor", "GET", `/things?${version}`)).status).toBe(200);
    const path = ownPath.replaceAll("sensor", "hub");
    expect((await api.call("hub", "POST", path, { body: { text: "x" } })).status).toBe(201);
    expect(await api.metrics.registry.metrics()).toContain('iotedge_rejected_total{reason="rate-limited"} 1');
  });

  it("says nothing of what went wrong inside", async () => {
    const answer = await write({ text: "crash" });
    expect(answer).toMatchObject({ status: 500, json: { message: "Internal error" } });
    expect(api.log.join()).toContain("request failed");
  });
});

describe("hostile connections", () => {
  const authorization = `Authorization: Bearer ${tokenOf("sensor")}`;

  it.each([
    ["no HTTP", "hello\r\n\r\n", 400],
    ["two lengths", `POST ${ownPath} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400],
    [
      "a length and chunks",
      `POST ${ownPath} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
    ],
    ["no host", `GET /things?${version} HTTP/1.1\r\n${authorization}\r\n\r\n`, 400],
    [
      "a repeated token",
      `GET /things?${version} HTTP/1.1\r\nHost: a\r\n${authorization}\r\n${authorization}\r\n\r\n`,
      400,
    ],
    ["a head above 16 KiB", `GET /things HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(17 * 1024)}\r\n\r\n`, 431],
  ])("get an error for %s", async (_what, text, status) => {
    expect(await raw(text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it.each([
    ["nothing", ""],
    ["half a head", "GET /things HTTP/1.1\r\nHost: a\r\n"],
    ["half a body", `POST ${ownPath} HTTP/1.1\r\nHost: a\r\n${authorization}\r\nContent-Length: 10\r\n\r\n{`],
  ])("are closed after sending %s and then nothing", async (_what, text) => {
    await startAnew({ limits: { headersTimeout: 300, requestTimeout: 300, connectionsCheckingInterval: 50 } });
    const socket = await open();
    socket.write(text);
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  it("get no TLS below 1.2", async () => {
    await expect(open({ maxVersion: "TLSv1.1", minVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" })).rejects.toThrow();
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("resume no session of %s", async (maxVersion) => {
    const first = await open({ maxVersion });
    let session = first.getSession();
    first.on("session", (ticket: NonNullable<typeof session>) => {
      session = ticket;
    });
    first.write(`GET /things?${version} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${authorization}\r\n\r\n`);
    await readAll(first);
    const second = await open({ maxVersion, session });
    expect(second.isSessionReused()).toBe(false);
    second.destroy();
  });
});

describe("the life of the server", () => {
  it("takes a new certificate for new connections and keeps the old connections", async () => {
    const old = await open();
    const next = await createTestCa({ name: "next", notBefore: Date.now() - 1000, notAfter: Date.now() + 3_600_000 });
    await api.changeCa(next);
    const fresh = await open({ ca: next.certificatePem });
    expect(fresh.getPeerCertificate().issuer.CN).toBe("next");
    fresh.destroy();
    old.write(
      `GET /things?${version} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${tokenOf("hub")}\r\n\r\n`,
    );
    expect(await readAll(old)).toMatch(/^HTTP\/1\.1 200 .*"hub"/s);
  });

  it("ends what runs, sends clients elsewhere and accepts nothing more", async () => {
    let go = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    leave = new Promise((resolve) => {
      go = resolve;
    });
    const running = api.call("sensor", "GET", `/things?${version}`);
    await inside;
    api.server.drain();
    const during = await api.call("hub", "GET", `/new?api-version=2020-07-07`);
    expect(during).toMatchObject({ status: 200, headers: { connection: "close" } });
    const closed = api.server.close(10_000);
    go();
    expect((await running).status).toBe(200);
    await closed;
    await expect(api.call("sensor", "GET", `/things?${version}`)).rejects.toThrow();
  });
});

it("tells metrics and log the route, the module and the reason, and never a token or a body", async () => {
  await api.call("sensor", "GET", `/things?${version}`);
  await write({ text: `${canary}-body` });
  await write({ text: 5, other: `${canary}-invalid` });
  await api.call("stranger", "GET", `/things?${version}`, { headers: { "x-custom": `${canary}-header` } });
  const metrics = await api.metrics.registry.metrics();
  expect(metrics).toContain('iotedge_request_duration_seconds_count{route="test.read",code="200"} 1');
  expect(metrics).toContain('iotedge_rejected_total{reason="token-refused"} 1');
  const log = api.log.join("");
  expect(log).toContain('"moduleId":"sensor"');
  expect(log).toContain('"audit":"refused","action":"test.read","status":401,"rule":"token-refused"');
  for (const secret of [canary, tokenOf("sensor"), tokenOf("stranger")]) expect(log + metrics).not.toContain(secret);
});
