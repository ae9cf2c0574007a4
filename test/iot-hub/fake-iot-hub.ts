import { constants } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { type Clock, systemClock } from "../../runtime/base/clock.ts";
import { hubHttpsService } from "./https/hub-service.ts";
import { createHttpsServer } from "./https/server.ts";
import { Hub } from "./hub/hub.ts";
import type { HubSwitches } from "./hub/switches.ts";
import { createJournal, type Journal } from "./journal.ts";
import { createMqttFront } from "./mqtt/front.ts";
import { admitToHub } from "./mqtt/hub-admission.ts";
import type { MqttService } from "./mqtt/service.ts";
import { provisioningHttpsService } from "./provisioning/https-service.ts";
import { provisioningMqttService } from "./provisioning/mqtt-service.ts";
import { Provisioning } from "./provisioning/provisioning.ts";
import { createAuthority } from "./tls/authority.ts";

export interface FakeIotHubOptions {
  /** Host names of the hubs; `hub.test` alone by default. */
  readonly hubs?: readonly string[];
  readonly provisioning?: { readonly hostName?: string; readonly polls?: number; readonly retryAfterSeconds?: number };
  readonly clock?: Clock;
  readonly switches?: Partial<HubSwitches>;
}

export type Port = "https" | "mqtt";

/** IoT Hubs and a provisioning service in this process. */
export interface FakeIotHub {
  readonly hubs: readonly Hub[];
  /** The first of them. */
  readonly hub: Hub;
  readonly provisioning: Provisioning;
  readonly journal: Journal;
  /** PEM of the CA by which clients know the servers. */
  readonly caPem: string;
  /** Serves what is accepted by a server of TCP, wherever that listens. */
  attach(port: Port, server: Server): void;
  /** Listens by itself. @returns the port's number */
  listen(port: Port, host?: string, number?: number): Promise<number>;
  close(): Promise<void>;
}

export async function startFakeIotHub(options: FakeIotHubOptions = {}): Promise<FakeIotHub> {
  const { hubs: hostNames = ["hub.test"], clock = systemClock, switches = {} } = options;
  const journal = createJournal(clock);
  const hubs = hostNames.map((hostName) => new Hub({ hostName, clock, journal, switches }));
  const [hub] = hubs;
  if (hub === undefined) throw new Error("there is no hub");
  const { hostName = "dps.test", ...more } = options.provisioning ?? {};
  const provisioning = new Provisioning({ ...{ hostName, idScope: "0ne00000001", clock, journal, hubs }, ...more });

  // Clients check certificates by the time that it is, whatever the fake's clock says.
  const authority = await createAuthority("Test CA of IoT Hub", Date.now());
  const { cert, key } = await authority.issue({ commonName: hub.hostName, names: [...hostNames, hostName] });
  // Node says of a resumed session neither its host name nor its certificate.
  const secureOptions = constants.SSL_OP_NO_TICKET;
  const tls: TlsOptions = { cert, key, requestCert: true, rejectUnauthorized: false, secureOptions };

  const services = new Map<string, MqttService>(
    hubs.map((each) => [each.hostName, { ...mqttPartOf(each), admit: (...claim) => admitToHub(each, ...claim) }]),
  );
  services.set(hostName, provisioningMqttService(provisioning));
  const front = createMqttFront((name) => services.get(name), journal);
  const mqttServer = createTlsServer(tls, (socket) => front.accept(socket));
  const https = [...hubs.map(hubHttpsService), provisioningHttpsService(provisioning)];
  const app = await createHttpsServer({ tls, clock, journal, services: https });
  app.server.on("upgrade", (request, socket, head) => front.upgrade(request, socket, head));
  // What a client does to its TLS is no failure of the fake.
  for (const server of [mqttServer, app.server]) server.on("tlsClientError", () => {});

  const sockets = new Set<Socket>();
  const listeners = new Set<Server>();

  function attach(port: Port, server: Server): void {
    listeners.add(server);
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {});
      (port === "https" ? app.server : mqttServer).emit("connection", socket);
    });
  }

  return {
    ...{ hubs, hub, provisioning, journal, attach, caPem: authority.pem },
    listen: async (port, host = "127.0.0.1", number = 0) => {
      const server = createTcpServer();
      attach(port, server);
      await once(server.listen(number, host), "listening");
      return (server.address() as AddressInfo).port;
    },
    close: async () => {
      for (const each of hubs) each.disconnectAll("the fake ends");
      for (const socket of sockets) socket.destroy();
      for (const server of listeners) server.close();
      await app.close();
    },
  };
}

function mqttPartOf({ hostName, clock, journal, faults }: Hub): Omit<MqttService, "admit"> {
  return { hostName, clock, journal, faults };
}
