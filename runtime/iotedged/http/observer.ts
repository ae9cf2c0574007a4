import type { ServerResponse } from "node:http";
import type { Logger } from "#shared";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import type { Metrics } from "../metrics.ts";
import type { HttpError } from "./http-error.ts";

/** What is known of a request while it is served. */
export interface Exchange {
  readonly id: string;
  readonly method: string;
  /** Milliseconds of the process. */
  readonly start: number;
  /** Name of its route, once one was found. */
  route: string;
  /** Who asks, once that is proven. */
  identity: ModuleIdentity | undefined;
}

/** Counts requests and writes the access log. */
export interface Observer {
  /** Observes the answer's end, whether the client waits for it or not. */
  follow(exchange: Exchange, response: ServerResponse): void;
  refused(exchange: Exchange, error: HttpError): void;
}

/** Route of requests that no route was found for. */
export const noRoute = "none";
/** Code of answers that the client did not wait for. */
const hungUp = 499;

/**
 * A request that is served costs a line of the log at level `debug` only: a line each would take more time than signing.
 * What is refused has its line at `info`, what failed inside at `error`.
 */
export function createObserver(options: { readonly metrics: Metrics; readonly log: Logger }): Observer {
  const { metrics, log } = options;
  return {
    follow: (exchange, response) => {
      response.on("close", () => {
        const code = response.writableFinished ? response.statusCode : hungUp;
        const seconds = (performance.now() - exchange.start) / 1000;
        metrics.requestSeconds.observe({ route: exchange.route, code }, seconds);
        if (code < 400 && log.isLevelEnabled("debug")) {
          log.debug({ ...summaryOf(exchange), status: code }, "request served");
        }
      });
    },
    refused: (exchange, error) => {
      metrics.rejected.inc({ reason: error.reason });
      if (error.status >= 500) log.error({ error: error.cause ?? error, requestId: exchange.id }, "request failed");
      else log.info({ ...summaryOf(exchange), status: error.status, reason: error.reason }, "request refused");
    },
  };
}

/** Method, route and caller; no path, no header and no body. */
function summaryOf({ id, method, route, identity }: Exchange) {
  return { requestId: id, method, route, moduleId: identity?.moduleId, pod: identity?.podName };
}
