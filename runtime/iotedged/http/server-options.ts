import { constants, randomBytes } from "node:crypto";
import type { Server } from "node:https";
import type { FastifyHttpsOptions } from "fastify";
import { isBase64 } from "../api/base64.ts";
import type { IssuedCertificate } from "../certificates/issue.ts";
import type { HttpLimits } from "./limits.ts";

/** How iotedged runs Fastify. Without a certificate no handshake succeeds. */
export function serverOptions(issued: IssuedCertificate | undefined, limits: HttpLimits): FastifyHttpsOptions<Server> {
  const { maxParamLength, stallTimeout, patience: _, ...times } = limits;
  const prefix = randomBytes(6).toString("hex");
  let count = 0;
  return {
    ...times,
    connectionTimeout: stallTimeout,
    // Nothing is read before there is a place for the connection.
    https: { ...times, ...tlsOptions(issued), pauseOnConnect: true },
    routerOptions: {
      compile: true,
      maxParamLength,
      ignoreTrailingSlash: true,
      // A query is kept as it came: what most requests have in theirs is known without taking it apart.
      querystringParser: (query) => query as never,
    },
    exposeHeadRoutes: false,
    // What comes on a connection that is still there is served, with `Connection: close`.
    return503OnClosing: false,
    // The one in the log of the caller's proxy. Others differ between replicas and restarts, and cost nothing to make.
    genReqId: ({ headers }) => idOfProxy(headers["x-request-id"]) ?? `${prefix}-${++count}`,
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false },
      onCreate: (ajv) => void ajv.addFormat("byte", isBase64),
    },
  };
}

const proxyId = /^\d{32}$/;

/** What has the form of a proxy's. Whoever calls without one can choose it, so that an id proves nothing. */
function idOfProxy(id: string | string[] | undefined): string | undefined {
  return typeof id === "string" && proxyId.test(id) ? id : undefined;
}

/** No session is resumed: a proxy that no longer trusts the certificate must find out. */
export function tlsOptions(issued: IssuedCertificate | undefined) {
  const pair = issued && { cert: issued.certificate, key: issued.privateKey };
  const secureOptions = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;
  return { ...pair, minVersion: "TLSv1.2", secureOptions } as const;
}
