import { Agent, type Dispatcher } from "undici";
import type { IotedgedSettings } from "#contract";
import { systemClock } from "../../runtime/base/clock.ts";
import { createBudgets } from "../../runtime/iotedged/api/budgets.ts";
import type { Handlers, RouteTable } from "../../runtime/iotedged/api/route.ts";
import { createAuditLog } from "../../runtime/iotedged/audit/audit-log.ts";
import type { Authenticator } from "../../runtime/iotedged/authentication/authenticator.ts";
import { bearerToken, credentialsOf } from "../../runtime/iotedged/authentication/bearer-token.ts";
import type { ModuleIdentity } from "../../runtime/iotedged/authentication/module-identity.ts";
import { startServingCertificate } from "../../runtime/iotedged/certificates/serving-certificate.ts";
import { loadWorkloadCa } from "../../runtime/iotedged/certificates/workload-ca.ts";
import { Admission, type AdmissionTimes } from "../../runtime/iotedged/connections/admission.ts";
import { type ConnectionBounds, connectionBounds } from "../../runtime/iotedged/connections/bounds.ts";
import { type ApiServer, createApiServer } from "../../runtime/iotedged/http/api-server.ts";
import { httpLimits } from "../../runtime/iotedged/http/limits.ts";
import { unauthenticated } from "../../runtime/iotedged/http-error.ts";
import { createMetrics } from "../../runtime/iotedged/metrics.ts";
import { createLogger } from "../../runtime/shared/logger.ts";
import { createTestCa, type TestCa } from "./test-ca.ts";

const unlimited = { requestsPerSecond: 100_000, certificatesPerMinute: 100_000 };
const hour = 3_600_000;

/** Identity of the module whose token is its id in base64url. */
export function identityOf(moduleId: string): ModuleIdentity {
  const objectName = moduleId.replace(/[^a-z]/gi, "").toLowerCase();
  return { moduleId, objectName, generationId: `gen-${objectName}`, podName: `${objectName}-1`, podUid: "u" };
}

export function tokenOf(moduleId: string): string {
  return Buffer.from(moduleId).toString("base64url");
}

/** Believes every token that {@link tokenOf} makes of one of `modules`. */
export function fakeAuthenticator(modules: readonly string[]): Authenticator {
  return {
    authenticate: (rawHeaders) => {
      const moduleId = Buffer.from(bearerToken(credentialsOf(rawHeaders)), "base64url").toString();
      if (!modules.includes(moduleId)) throw unauthenticated("token-refused");
      return identityOf(moduleId);
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape
  readonly json: any;
}

export interface TestApi {
  readonly server: ApiServer;
  readonly admission: Admission;
  readonly port: number;
  readonly ca: TestCa;
  /** Lines of the log, as text. */
  readonly log: string[];
  readonly metrics: ReturnType<typeof createMetrics>;
  /** Makes iotedged's certificate anew, from another CA. */
  changeCa(ca: TestCa): Promise<void>;
  /** @param moduleId whose token is sent; undefined for none */
  call(
    moduleId: string | undefined,
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts an API of iotedged on a port of the loopback, over real TLS. */
export async function startTestApi<Table extends RouteTable>(options: {
  readonly routes: Table;
  readonly handlers: Handlers<Table>;
  readonly authenticator: Authenticator;
  readonly limits?: Partial<typeof httpLimits>;
  readonly rates?: IotedgedSettings["limits"];
  readonly bounds?: Partial<ConnectionBounds>;
}): Promise<TestApi> {
  const times = { notBefore: Date.now() - hour, notAfter: Date.now() + 24 * hour };
  const ca = await createTestCa({ name: "workload ca", ...times });
  const watched = await watchedCa(ca);
  const certificate = await startServingCertificate({
    ca: watched,
    hosts: ["localhost"],
    days: 1,
    clock: systemClock,
    random: () => 0.5,
    onFailure: (error) => {
      throw error;
    },
  });
  const log: string[] = [];
  const limits = { ...httpLimits, ...options.limits };
  const logger = createLogger({
    ...{ component: "iotedged", level: "debug" },
    destination: { write: (line) => void log.push(line) },
  });
  const metrics = createMetrics();
  const admission = testAdmission(limits, options.bounds, metrics);
  const server = createApiServer({
    ...options,
    budgets: createBudgets({ limits: options.rates ?? unlimited, clock: systemClock }),
    limits,
    admission,
    certificate,
    metrics,
    audit: createAuditLog({ log: logger, clock: systemClock, isModule: () => true }),
    log: logger,
  });
  const port = await server.listen({ port: 0, host: "127.0.0.1" });
  const agent = new Agent({ connect: { ca: ca.certificatePem, servername: "localhost" } });

  return {
    server,
    admission,
    port,
    ca,
    log,
    metrics,
    changeCa: async (next) => {
      const renewed = new Promise<void>((resolve) => certificate.onChange(() => resolve()));
      await watched.change(next);
      await renewed;
    },
    call: async (moduleId, method, path, { body, headers = {} } = {}) => {
      const authorization = moduleId === undefined ? {} : { authorization: `Bearer ${tokenOf(moduleId)}` };
      const answer = await agent.request({
        origin: `https://127.0.0.1:${port}`,
        path,
        method: method as Dispatcher.HttpMethod,
        headers: {
          ...authorization,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        body: body === undefined || typeof body === "string" ? (body ?? null) : JSON.stringify(body),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, headers: answer.headers, text, json: parse(text) };
    },
    close: async () => {
      certificate.stop();
      await agent.close();
      await server.close(1000);
    },
  };
}

/** As in a container of 256 MiB, but for what is given. */
export function testAdmission(
  times: AdmissionTimes,
  bounds: Partial<ConnectionBounds> = {},
  metrics = createMetrics(),
): Admission {
  const all = { ...connectionBounds(256 * 1024 ** 2), ...bounds };
  return new Admission({ bounds: all, times, clock: systemClock, metrics });
}

async function watchedCa(first: TestCa) {
  let current = await loadWorkloadCa(first.certificatePem, first.keyPem);
  const listeners = new Set<(ca: typeof current) => void>();
  return {
    get current() {
      return current;
    },
    onChange: (listener: (ca: typeof current) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => {},
    change: async (next: TestCa) => {
      current = await loadWorkloadCa(next.certificatePem, next.keyPem);
      for (const listener of listeners) listener(current);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
