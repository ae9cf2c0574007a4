import { constants } from "node:crypto";
import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { IssuedCertificate } from "../certificates/issue.ts";
import type { ServingCertificate } from "../certificates/serving-certificate.ts";
import { limitConnectionsPerAddress } from "./connections-per-address.ts";
import type { HttpLimits } from "./limits.ts";

/**
 * An HTTPS server that follows its certificate without dropping a connection. No session is resumed: a proxy that no
 * longer trusts the certificate must find out. Until there is a certificate no handshake succeeds.
 */
export function createTlsServer(
  certificate: ServingCertificate,
  limits: HttpLimits,
  listener: RequestListener,
): Server {
  const { maxHeaderSize, headersTimeout, requestTimeout, handshakeTimeout, connectionsCheckingInterval } = limits;
  const timeouts = { headersTimeout, requestTimeout, handshakeTimeout, connectionsCheckingInterval };
  const server = createServer({ ...tlsOptions(certificate.current), ...timeouts, maxHeaderSize }, listener);
  server.keepAliveTimeout = limits.keepAliveTimeout;
  server.timeout = limits.stallTimeout;
  server.maxConnections = limits.maxConnections;
  limitConnectionsPerAddress(server, limits.maxConnectionsPerAddress);
  server.on("checkContinue", listener);
  // Before the end of the handshake an answer would wait for ever, and the connection with it.
  server.prependListener("tlsClientError", (_error, socket) => socket.destroy());
  const unsubscribe = certificate.onChange((next) => server.setSecureContext(tlsOptions(next)));
  server.once("close", unsubscribe);
  return server;
}

function tlsOptions(issued: IssuedCertificate | undefined) {
  return {
    ...(issued && { cert: issued.certificate, key: issued.privateKey }),
    minVersion: "TLSv1.2",
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  } as const;
}
