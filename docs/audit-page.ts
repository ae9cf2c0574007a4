import { createLogger } from "#shared";
import type { Route, RouteTable } from "../runtime/iotedged/api/route.ts";
import { type Act, auditFields } from "../runtime/iotedged/audit/audit-line.ts";
import { auditRate, countInterval, createAuditLog, unprovenRate } from "../runtime/iotedged/audit/audit-log.ts";
import { type NameRule, nameRules } from "../runtime/iotedged/certificates/server-names.ts";
import type { Rule } from "../runtime/iotedged/http-error.ts";
import { managementRoutes } from "../runtime/iotedged/management/routes.ts";
import { workloadRoutes } from "../runtime/iotedged/workload/routes.ts";

/** Of answers that are no refusal, of routes that are not audited, and `forbidden`, for which every place names its own. */
type NoLine = "overloaded" | "unavailable" | "access-installation" | "forbidden";

/** Rules beside those of names, with what they say. */
const rules: Readonly<Record<Exclude<Rule, NameRule | NoLine>, string>> = {
  "token-missing": "no `Authorization` header",
  "token-repeated": "more than one",
  "token-malformed": "no bearer token that can be one of the API server",
  "token-audience": "a token for another audience",
  "token-expired": "a token that is over",
  "token-refused": "a token that the API server does not know, or not any more",
  "token-pod": "a genuine token that is bound to no pod",
  "token-revoked": "a genuine token whose pod has gone or ended",
  "token-user": "a genuine token whose ServiceAccount is no module of this installation",
  "token-limited": "too many tokens from this address were refused",
  "access-self": "a route for the module that the path names, in its present generation",
  "access-edgeAgent": "a route for EdgeAgent; with `done`, EdgeAgent was let in",
  "access-edgeHub": "a route for `$edgeHub`; with `done`, the hub was let in",
  "feature-off": "a switch of the installation is off",
  "rate-limited": "the module asks more often than its budget lets it",
  "bad-request": "what was sent is not valid",
  "not-found": "no such route, module or version",
  conflict: "the module is not in a state for that",
  "method-not-allowed": "not a thing to ask iotedged for",
};

const samples: readonly Act[] = [
  {
    outcome: "refused",
    action: "workload.certificate.server",
    status: 403,
    rule: "name-of-gateway",
    requestId: "17959706920011234567890123456789",
    who: {
      module: "sensor",
      pod: "sensor-6d5f7c9b8-x2x4z",
      podUid: "0b9e6c1c-64a5-4f0e-9d4f-6f1f7f1c2a11",
      address: "10.42.0.17",
    },
    target: "sensor",
    name: "edgehub",
  },
  {
    outcome: "done",
    action: "management.module.restart",
    status: 204,
    rule: "access-edgeAgent",
    requestId: "17959706933571234567890987654321",
    who: {
      module: "$edgeAgent",
      pod: "edgeagent-7c4b6d9f5-m8k2p",
      podUid: "5c0d0f0e-2f43-4a57-8d7c-1f6f0b8f9a22",
      address: "10.42.0.9",
    },
    target: "sensor",
    pods: ["sensor-6d5f7c9b8-x2x4z"],
  },
];

/** docs/audit.md: what iotedged tells of refusals and management actions, from what it tells it by. */
export function auditPage(): string {
  return [
    "# Audit",
    "",
    "iotedged leaves one line of its log for each request that it refuses, and for each management action: who asked for",
    "what, which rule decided, and which pods were acted on. The lines are JSON like all others, and are written whatever",
    "`iotedged.logLevel` is.",
    "",
    "```sh",
    "kubectl logs -n edge-a -l app.kubernetes.io/name=iotedged --tail=-1 | grep '\"audit\"'",
    "```",
    "",
    "```json",
    ...sampleLines(),
    "```",
    "",
    "A module asked for a certificate of the gateway's name and did not get it; EdgeAgent had a module restarted.",
    "",
    "## Fields",
    "",
    "Beside `level`, `time`, `component` and `message`, a line has no other fields than these, and only those that are known.",
    "None holds a token, a query, a header or a body. Whatever others have chosen is cut at 128 characters, and control and",
    "format characters in it are `?`; a path's module is told by its Kubernetes name. So a line is always one line, and says",
    "what it seems to say.",
    "",
    "| field | meaning |",
    "| --- | --- |",
    ...Object.entries(auditFields).map(([field, meaning]) => `| \`${field}\` | ${meaning} |`),
    "",
    "## What leaves a line",
    "",
    "Every answer from 400 to 499 to a request that could be read, and these actions when they are done:",
    "",
    "| action | what |",
    "| --- | --- |",
    ...auditedRoutes().map(([name, { summary }]) => `| \`${name}\` | ${summary} |`),
    "",
    "A failure inside of iotedged (500 and above) has a line of level `error` instead, with request id, route and module. What",
    "people do by `edgectl logs`, `restart` and `support-bundle` takes their own rights, and is in the API server's audit log.",
    "",
    "| rule | refuses |",
    "| --- | --- |",
    ...Object.entries(rules).map(([rule, meaning]) => `| \`${rule}\` | ${meaning} |`),
    ...Object.entries(nameRules).map(
      ([rule, meaning]) => `| \`${rule}\` | a name of a server certificate: ${meaning} |`,
    ),
    "",
    "## How many lines",
    "",
    `Lines are limited for each pair of caller and rule (or action): ${auditRate.burst} at once, then one in ${1 / auditRate.perSecond} s. The caller is the pod;`,
    "where no token proves it, the user or the address. All callers without a proven token share one more limit:",
    `${unprovenRate.burst} lines at once, then ${unprovenRate.perSecond} a second. It takes nothing from proven callers. What is left out is`,
    `counted: the next line of the same who and rule says so in \`leftOut\`, and when none comes within ${countInterval / 1000} s, a line of its`,
    "own with `audit: left-out`. At most 256 such counts are kept apart, the rest is told as one.",
    "",
  ].join("\n");
}

/** What iotedged writes of the samples, at a time that does not change. */
function sampleLines(): string[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line.trim()) };
  const log = createLogger({ component: "iotedged", level: "info", destination });
  const audit = createAuditLog({ log, clock: { now: () => 0, after: () => () => {} }, isModule: () => true });
  for (const sample of samples) audit.tell(sample);
  return lines.map((line) => line.replace(/"time":"[^"]+"/, '"time":"2026-01-01T00:00:00.000Z"'));
}

function auditedRoutes(): [string, Route][] {
  const tables: readonly RouteTable[] = [managementRoutes, workloadRoutes];
  return tables.flatMap((routes) => Object.entries(routes)).filter(([, { audited }]) => audited);
}
