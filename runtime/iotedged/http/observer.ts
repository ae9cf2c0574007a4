import { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import type { Logger } from "#shared";
import { type HttpError, toHttpError } from "../http-error.ts";
import type { Metrics } from "../metrics.ts";

/** Code of answers that the client did not wait for. */
const hungUp = 499;

/**
 * Counts requests and writes the access log: what is refused at `info`, what failed inside at `error`, what is served at
 * `debug` only, since a line each would take more time than signing. Fastify tells its log controller alone of streams
 * that break off.
 */
export class Observer extends LogController {
  readonly #to: { readonly metrics: Metrics; readonly log: Logger };

  constructor(to: { readonly metrics: Metrics; readonly log: Logger }) {
    super({ disableRequestLogging: true });
    this.#to = to;
  }

  /** Observes the answer's end, whether the client waits for it or not, and calls `ended` then. */
  follow(request: FastifyRequest, { raw }: FastifyReply, ended: () => void): void {
    const { metrics, log } = this.#to;
    const start = performance.now();
    raw.on("close", () => {
      ended();
      const code = raw.writableFinished ? raw.statusCode : hungUp;
      metrics.requestSeconds.observe({ route: request.endpoint ?? "none", code }, (performance.now() - start) / 1000);
      if (code < 400 && log.isLevelEnabled("debug"))
        log.debug({ ...summaryOf(request), status: code }, "request served");
    });
  }

  refused(request: FastifyRequest, error: HttpError): void {
    const { metrics, log } = this.#to;
    const { status, reason } = error;
    metrics.rejected.inc({ reason });
    if (status < 500) log.info({ ...summaryOf(request), status, reason }, "request refused");
    else log.error({ error: error.cause ?? error, requestId: request.id }, "request failed");
  }

  override streamError(error: Error, request: FastifyRequest, { raw }: FastifyReply): void {
    if (!raw.destroyed) this.refused(request, toHttpError(error));
  }
}

/** Method, route and caller; no path, no header and no body. */
function summaryOf({ id, method, endpoint = "none", identity }: FastifyRequest) {
  return { requestId: id, method, route: endpoint, moduleId: identity?.moduleId, pod: identity?.podName };
}
