import { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import type { Logger } from "#shared";
import type { PathParameters, Route } from "../api/route.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { type HttpError, type TokenOwner, toHttpError } from "../http-error.ts";
import type { Metrics } from "../metrics.ts";

/** Code of answers that the client did not wait for. */
const hungUp = 499;

/** Where it tells what. */
export interface Destinations {
  readonly metrics: Metrics;
  readonly audit: AuditLog;
  readonly log: Logger;
}

/**
 * Counts requests and tells of them: of what is refused, and what is audited, by the audit log, of what failed inside at
 * `error`, of what else is served at `debug` only, since a line each would take more time than signing. Fastify tells its
 * log controller alone of streams that break off.
 */
export class Observer extends LogController {
  readonly #to: Destinations;

  constructor(to: Destinations) {
    super({ disableRequestLogging: true });
    this.#to = to;
  }

  /** Observes the answer's end, whether the client waits for it or not, and tells the connection. */
  follow(request: FastifyRequest, { raw }: FastifyReply): void {
    const { metrics, log } = this.#to;
    const start = performance.now();
    raw.on("close", () => {
      request.visit.answered(raw);
      const code = raw.writableFinished ? raw.statusCode : hungUp;
      metrics.requestSeconds.observe({ route: request.endpoint ?? "none", code }, (performance.now() - start) / 1000);
      if (code < 400 && log.isLevelEnabled("debug"))
        log.debug({ ...summaryOf(request), status: code }, "request served");
    });
  }

  refused(request: FastifyRequest, error: HttpError): void {
    const { metrics, audit, log } = this.#to;
    const { status, reason, details } = error;
    const { rule = reason, owner, name } = details;
    metrics.rejected.inc({ reason });
    if (status < 500)
      audit.tell({ ...actOf(request), outcome: "refused", status, rule, name, ...whoIs(request, owner) });
    else log.error({ error: error.cause ?? error, ...summaryOf(request) }, "request failed");
  }

  done(request: FastifyRequest, { access, status }: Route): void {
    const [rule, pods] = [`access-${access}` as const, request.actedOn];
    this.#to.audit.tell({ ...actOf(request), outcome: "done", status, rule, pods, ...whoIs(request) });
  }

  override streamError(error: Error, request: FastifyRequest, { raw }: FastifyReply): void {
    if (!raw.destroyed) this.refused(request, toHttpError(error));
  }
}

function actOf({ id, endpoint = "none", params }: FastifyRequest) {
  return { action: endpoint, requestId: id, target: (params as PathParameters | undefined)?.name };
}

function whoIs({ identity, ip }: FastifyRequest, owner: TokenOwner = {}) {
  const proven = identity && { module: identity.moduleId, pod: identity.podName, podUid: identity.podUid };
  return { who: { ...owner, ...proven, address: ip } };
}

/** Method, route and caller; no path, no header and no body. */
function summaryOf({ id, method, endpoint = "none", identity }: FastifyRequest) {
  return { requestId: id, method, route: endpoint, moduleId: identity?.moduleId, pod: identity?.podName };
}
