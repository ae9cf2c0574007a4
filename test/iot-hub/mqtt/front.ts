import type { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Journal } from "../journal.ts";
import { MqttClient } from "./client.ts";
import type { MqttService } from "./service.ts";

/** Of hubs and of the provisioning service. */
const webSocketPath = "/$iothub/websocket";

export interface MqttFront {
  /** Takes a connection whose TLS is done. */
  accept(socket: TLSSocket): void;
  /** Takes a request to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Leads MQTT connections to the host that their client has named in TLS. */
export function createMqttFront(find: (serverName: string) => MqttService | undefined, journal: Journal): MqttFront {
  const webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
  });

  function serve(socket: TLSSocket, stream: Duplex): void {
    const name = serverNameOf(socket);
    const service = find(name);
    if (service === undefined) {
      journal.violation({ host: name, channel: "mqtt", who: "unknown", what: "connection", why: "no such host" });
      stream.destroy();
    } else if (service.faults.away) stream.destroy();
    else new MqttClient(service, { stream, certificate: certificateOf(socket) });
  }

  return {
    accept: (socket) => serve(socket, socket),
    upgrade: (request, duplex, head) => {
      const socket = duplex as TLSSocket;
      const offered = request.headers["sec-websocket-protocol"]?.split(",").map((each) => each.trim()) ?? [];
      const path = request.url?.split("?")[0] ?? "";
      if (path !== webSocketPath || !offered.includes("mqtt")) {
        const host = serverNameOf(socket);
        const why = "no WebSocket of MQTT";
        journal.violation({ host, channel: "mqtt", who: "unknown", what: `GET ${path}`, why });
        socket.end("HTTP/1.1 501 Not Implemented\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return;
      }
      webSockets.handleUpgrade(request, socket, head, (webSocket) => serve(socket, createWebSocketStream(webSocket)));
    },
  };
}

/** The host that the client named when it began TLS. */
export function serverNameOf(socket: TLSSocket): string {
  const { servername } = socket as TLSSocket & { readonly servername?: string | false };
  return typeof servername === "string" ? servername.toLowerCase() : "";
}

export function certificateOf(socket: TLSSocket): X509Certificate | undefined {
  return socket.getPeerX509Certificate();
}
