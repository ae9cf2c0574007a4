import { Agent, buildConnector } from "undici";
import type { ConnectHttps } from "#iot-hub";
import { tlsOf } from "../../runtime/iot-hub/https/hub-agent.ts";

/** Leads connections to whatever hub to a port of this machine. The hub's name stays the one that TLS is asked for. */
export function connectTo(port: number): ConnectHttps {
  return async (terms) => {
    const connect = buildConnector(tlsOf(terms));
    return new Agent({
      connect: (target, done) =>
        connect({ ...target, servername: target.hostname, hostname: "127.0.0.1", port: String(port) }, done),
    });
  };
}
