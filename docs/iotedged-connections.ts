import { ports } from "#contract";
import { defaults } from "../infra/installation/defaults.ts";
import { answerPatience, mostAhead } from "../runtime/iotedged/connections/admission.ts";
import { connectionBounds } from "../runtime/iotedged/connections/bounds.ts";
import { httpLimits } from "../runtime/iotedged/http/limits.ts";

/** What docs/iotedged.md says of the limits of connections and requests. */
export function connectionLimits(): string[] {
  return [
    "## What a connection may take",
    "",
    "TLS 1.2 or 1.3, no session tickets, no renegotiation. Beyond these limits the answer is 408, 413, 414 or 431 with",
    '`{"message"}`, or none where there is nobody to answer, and the connection ends:',
    "",
    limitTable(),
    ...connectionPlaces(),
    'Every refusal of a request is `{"message"}`. A body is read as JSON whatever `Content-Type` says, also without one,',
    "as the SDK for Python sends it; one that is no media type, and a compressed body, get 415. A body that does not fit",
    "the route's schema gets 400 with the field's name, fields that no schema knows are passed over. A method that a path does",
    "not have gets 405 with `Allow`, a path that is not there 404. The server is",
    "[Fastify](decisions/20261129-iotedged-is-fastify.md).",
    "",
  ];
}

function connectionPlaces(): string[] {
  return [
    "Counts are those of both APIs together in a container with the default memory limit. iotedged derives them from the",
    "limit that it finds, so that all of them at once leave 30 % of it free: with 1 000 modules, and with whatever clients",
    "without a token send. More connections take a higher limit, `iotedged.resources`.",
    "",
    "iotedged spends almost no memory on a connection until it has a place. When all places of a kind are taken, a new",
    "connection takes the place of another one, from the address (or module) that holds most. Without a proven token, that is",
    `a connection older than ${httpLimits.patience / 1000} s with no request in work; with one, an idle connection. An answer that nobody reads`,
    `counts as work for ${(answerPatience * httpLimits.patience) / 1000} s without a proven token, for ${httpLimits.requestTimeout / 1000} s with one. So a pod that opens connections without`,
    "end waits for itself, and others find a place at once. Modules' proxies behind one address, as of a node whose network",
    "rewrites them, share what that address has. `iotedge_connections` and `iotedge_connections_ended_total` tell how it is.",
    "",
    "NetworkPolicy `iotedged` lets EdgeAgent alone reach the management API, and pods of the namespace the workload API.",
    "",
    `Port ${ports.observability} has 64 connections, 8 of an address, with 8 requests each. Metrics are collected once for all who ask at the same time, and take a`,
    "twentieth of the time at most.",
    "",
    "`npm run -s bench -- hostile` attacks for a minute each: half-open handshakes, silent connections, slow heads, slow",
    "bodies and garbage tokens at both APIs, slow heads and endless questions at the ports of probes and metrics of iotedged",
    "and of a proxy, and then all limits at once with the tokens of four modules. Meanwhile a module signs 50 times a second",
    "through its proxy, another one over a new connection each time, and somebody probes as the kubelet does.",
    "",
  ];
}

function limitTable(): string {
  const kib = (bytes: number) => `${bytes / 1024} KiB`;
  const seconds = (milliseconds: number) => `${milliseconds / 1000} s`;
  const both = ({ most, mostOfGroup }: { most: number; mostOfGroup: number }) => `${most}; ${mostOfGroup}`;
  const memoryLimit = Number.parseInt(defaults.iotedged.resources.limits.memory, 10) * 1024 ** 2;
  const { waiting, unproven, proven, bodies } = connectionBounds(memoryLimit);
  const rows = [
    ["head of a request", kib(httpLimits.maxHeaderSize)],
    ["body", kib(httpLimits.bodyLimit)],
    ["parameter in a path", `${httpLimits.maxParamLength} characters`],
    ["TLS handshake, and the wait for it", seconds(httpLimits.handshakeTimeout)],
    [
      "time for the head, for the whole request",
      `${seconds(httpLimits.headersTimeout)}, ${seconds(httpLimits.requestTimeout)}`,
    ],
    ["requests of a connection that are sent ahead and wait for what answers them", String(mostAhead)],
    ["rest between requests", seconds(httpLimits.keepAliveTimeout)],
    ["time in which nothing moves while an answer is sent", seconds(httpLimits.stallTimeout)],
    ["connections of a replica without a proven token; of one address", both(unproven)],
    ["connections that wait for such a place; of one address", both(waiting)],
    ["connections with a proven token; of one module", both(proven)],
    ["bodies above 16 KiB that are being read; of one module", both(bodies)],
  ];
  return ["| | limit |", "| --- | --- |", ...rows.map((row) => `| ${row.join(" | ")} |`), ""].join("\n");
}
