import { Registry } from "prom-client";
import { ports } from "#contract";
import { defaults } from "../infra/installation/defaults.ts";
import { createHubMetrics as edgeAgentHubMetrics } from "../runtime/edge-agent/hub/hub-metrics.ts";
import { createMetrics as edgeAgentMetrics } from "../runtime/edge-agent/metrics.ts";
import { announcedApiVersion, apiVersions } from "../runtime/iotedged/api/api-version.ts";
import type { Access, RouteTable } from "../runtime/iotedged/api/route.ts";
import { reviewBudget } from "../runtime/iotedged/authentication/review-budget.ts";
import { nameRules } from "../runtime/iotedged/certificates/server-names.ts";
import { iotedgedErrors } from "../runtime/iotedged/errors.ts";
import { createHubMetrics } from "../runtime/iotedged/hub/metrics.ts";
import { managementRoutes } from "../runtime/iotedged/management/routes.ts";
import { createMetrics as iotedgedMetrics } from "../runtime/iotedged/metrics.ts";
import { workloadRoutes } from "../runtime/iotedged/workload/routes.ts";
import { connectionLimits } from "./iotedged-connections.ts";

const callers: Readonly<Record<Access, string>> = {
  installation: "any module of the installation",
  self: "the module that the path names",
  edgeAgent: "EdgeAgent",
  edgeHub: "the hub, `$edgeHub`",
};

/** docs/iotedged.md: the daemon's APIs, rules and metrics, from the tables that it runs by. */
export async function iotedgedPage(): Promise<string> {
  const sections = [
    intro(),
    tryIt(),
    whoIsLetIn(),
    connectionLimits(),
    apis(),
    serverNames(),
    logsAndRestarts(),
    scrubbing(),
    examples(),
    bundleByEdgectl(),
    twoReplicas(),
    await probesAndMetrics(),
  ];
  return sections.flat().join("\n");
}

function intro(): string[] {
  return [
    "# iotedged",
    "",
    "iotedged authenticates the modules of one installation and serves them IoT Edge's two APIs. The tables of this page",
    "are made from the code that it runs by. Machine-readable: [workload API](openapi/workload.json),",
    "[management API](openapi/management.json); a running iotedged serves the same under `/openapi/workload.json` and",
    `\`/openapi/management.json\` on port ${ports.observability}.`,
    "",
  ];
}

function tryIt(): string[] {
  return [
    "## Try it",
    "",
    "From inside a module of the stack `local` (the module speaks plain HTTP; the proxy adds the token):",
    "",
    "```sh",
    "kubectl exec -n edge-a deployment/sensor -c sensor -- /bin/node /app/main.mjs sign hello",
    "```",
    "",
    "```json",
    '{"moduleId":"sensor","data":"hello","digest":"x2ssttYD9RQ/YE7Cpef7QPjAjMHUvQjn6kV2/42U/p8="}',
    "```",
    "",
  ];
}

function whoIsLetIn(): string[] {
  const { tokenCacheSeconds, tokenStaleSeconds, requestsPerSecond, certificatesPerMinute } = defaults.iotedged;
  return [
    "## Who is let in",
    "",
    "A token counts when the API server's TokenReview says that it is valid for the audience",
    "`iotedge:{namespace}/{name}` and bound to a pod, when its ServiceAccount is in iotedged's own namespace and still the",
    "one that it was issued for, and when the ServiceAccount's name is the encoding of the module id in its annotation.",
    "Everything else is answered with 401, and a route that the identity may not call with 403.",
    "",
    "| setting | default | meaning |",
    "| --- | --- | --- |",
    `| \`iotedged.tokenCacheSeconds\` | ${tokenCacheSeconds} | how long a TokenReview counts; the token of a pod that is deleted or has ended is refused at once, cached or not, however the pod is labelled |`,
    `| \`iotedged.tokenStaleSeconds\` | ${tokenStaleSeconds} | how much longer it counts while the API server gives no verdict; never a new token, never past its expiry |`,
    `| \`iotedged.requestsPerSecond\` | ${requestsPerSecond} | requests of one module a second and replica; then 429 with \`Retry-After\` |`,
    `| \`iotedged.certificatesPerMinute\` | ${certificatesPerMinute} | certificates of one module a minute and replica |`,
    "",
    "A client that shows tokens which the API server refuses has",
    `${reviewBudget.burst} TokenReviews at once and ${reviewBudget.perSecond} a second for its address; then it gets 429 with`,
    '`Retry-After` and no TokenReview (`iotedge_rejected_total{reason="token-limited"}`). Tokens that were accepted before are',
    "not affected, nor are other addresses. Where modules share an address, as on a node's network, tokens that name a pod",
    "which is there are counted for that pod: a module's new token is reviewed although its neighbour shows garbage.",
    "",
    "A request that is served has a line of the log at `logLevel: debug` only. One that is refused, and what is done at the",
    "management API, leaves an [audit line](audit.md).",
    "",
  ];
}

function apis(): string[] {
  return [
    "## API versions",
    "",
    "Each request names one by `api-version`. There are",
    `${apiVersions.slice(0, -1).join(", ")} and ${apiVersions.at(-1)}.`,
    "A route is there in the version that its table names, and in all newer ones. Fields that came later, such as",
    "`total_memory` of the system info, are in the answers to all versions, as with IoT Edge. Modules find",
    `\`${announcedApiVersion}\` in \`IOTEDGE_APIVERSION\`, the newest that images of IoT Edge 1.1 know.`,
    "",
    "```console",
    "$ curl -s 'http://localhost:35001/manifest-trust-bundle?api-version=2022-08-03'",
    '{"certificate":""}',
    "$ curl -s 'http://localhost:35001/trust-bundle?api-version=2023-01-01'",
    `{"message":"Invalid API version: api-version must be there once, and one of ${apiVersions.join(", ")}"}`,
    "```",
    "",
    "The OpenAPI documents tell the formats of all fields and every answer of each route. The tests have",
    "[schemathesis](https://schemathesis.readthedocs.io) call a running iotedged by them, with some 1100 requests that fit the",
    "documents and that do not.",
    "",
    `## Workload API, port ${ports.workload}`,
    "",
    routeTable(workloadRoutes),
    `## Management API, port ${ports.management}`,
    "",
    "Only EdgeAgent's proxy offers it to its pod.",
    "",
    routeTable(managementRoutes),
  ];
}

function serverNames(): string[] {
  return [
    "## Which names a server certificate has",
    "",
    "`commonName` of `POST .../certificate/server` is what the module asks for. What it gets:",
    "",
    "| `commonName` is | names in the certificate |",
    "| --- | --- |",
    "| a name of the module's own Service: `sensor`, `sensor.edge-a`, `sensor.edge-a.svc`, `sensor.edge-a.svc.cluster.local` | these four. Where the module is also found by a name without a hash ([names](deployment-manifest.md#names)), the four of that, too |",
    "| the module's id, its pod's name or its host name (`Hostname` in createOptions), as SDKs ask for | the four of its Service: clients reach it by no other |",
    "| `gatewayHostname`, and the module is `$edgeHub` | that, and the four of its Service |",
    "| in `k8s-extensions.serverNames` of its createOptions, such as `ingest.example.com` or `192.0.2.10` | that, and the four of its Service |",
    "| anything else | none: 403 with `EDGE_IOTEDGED_NAME_REFUSED` |",
    "",
    "These are not given to others, also where a manifest allots them:",
    "",
    "| rule | because |",
    "| --- | --- |",
    ...Object.entries(nameRules).map(([rule, because]) => `| \`${rule}\` | ${because} |`),
    "",
    "```console",
    "$ curl -s -X POST http://localhost:35001/modules/sensor/genid/$IOTEDGE_MODULEGENERATIONID/certificate/server?api-version=2020-07-07 \\",
    '    -d \'{"commonName":"edgehub","expiration":"2030-01-01T00:00:00Z"}\'',
    JSON.stringify({ message: sampleRefusal() }),
    "```",
    "",
  ];
}

/** What a module is told that asks for the gateway's name. */
function sampleRefusal(): string {
  const error = iotedgedErrors.EDGE_IOTEDGED_NAME_REFUSED({ host: "edgehub", reason: nameRules["name-of-gateway"] });
  return `${error.code}: ${error.message}. ${error.remedy}`;
}

function logsAndRestarts(): string[] {
  return [
    "## Logs, restarts, support bundles",
    "",
    "EdgeAgent may ask for them where the installation has them turned on. Each switch brings its own rights, which",
    "[Permissions](permissions.md) lists; all are off by default.",
    "",
    "| setting | what it turns on |",
    "| --- | --- |",
    "| `iotedged.moduleLogs` | `GET /modules/:name/logs`: the module's own container, as it comes, until the client leaves or iotedged stops; 16 at a time and replica |",
    "| `iotedged.moduleRestart` | `POST /modules/:name/restart`: ends the module's pods. `start` and `stop` need no switch, and no right: what shall run is the manifest's to say, so they only tell whether it agrees |",
    "| `iotedged.supportBundle` | `GET /systeminfo/supportbundle`: a zip of logs, Events, metrics and objects, at most 128 MiB unpacked, one at a time and replica |",
    "",
  ];
}

function scrubbing(): string[] {
  return [
    "A bundle holds no Secret: iotedged may not read any. Values of environment variables, commands, unknown annotations,",
    "what CSI and other drivers are told, and other ConfigMaps are left out of objects. Everything else, of objects, logs,",
    "metrics and messages, is scrubbed:",
    "",
    "| what is taken out | how it is known |",
    "| --- | --- |",
    "| tokens: JWTs, and those of some 30 services such as GitHub, GitLab, Slack, AWS, npm, Vault | by their form, wherever they stand: after `%22`, `_` or `\\n`, cut by the end of a line, or where a log begins or ends |",
    '| passwords, keys and tokens of any form | by the name before them: `DB_PASSWORD=`, `"sharedAccessKey":`, `Pwd=`, `--token x`, `<password>`, also in JSON in JSON, in URLs and in base64 |',
    "| keys of IoT Hub and storage accounts, SAS signatures | by their names, and without one as 32 or more letters and digits that look random |",
    "| users and passwords in addresses | `scheme://user:password@host` |",
    "| private keys in PEM | line by line, also where `--since` cut off their beginning or end |",
    "",
    "The tokens of services come from the recommended rules of [secretlint](https://github.com/secretlint/secretlint) and from",
    "rules of this project. Lines longer than 256 KiB lose their rest. Some text is lost, too: digests in base64 look like keys,",
    "and in `Token: reviewed` the second word looks like a value. In this documentation it is less than one line in a hundred.",
    "",
    "**Look through a bundle before you pass it on.** No scrubber can know",
    "",
    "- a secret that looks like a word or a number and has no telling name before it: `login with hunter2 failed`, a PIN, a",
    "  PSK in a list of settings,",
    "- hexadecimal keys and UUIDs without a name: digests and ids look the same,",
    "- what follows a blank in a value without quotes: of `password: one two`, `two` stays; and the rest of a password that",
    "  a line's end has cut,",
    "- the last line of a private key of whose other lines, and of whose end, nothing is in the log,",
    "- a secret that a module has encrypted, compressed, split or written in an encoding of its own,",
    "- what is confidential without being a credential: names, addresses, measurements.",
    "",
    "The log of iotedged and of EdgeAgent, and what a [rollout](rollouts.md) keeps of the output of a gate's command, are",
    "scrubbed by the same code where they quote somebody else.",
    "",
  ];
}

function examples(): string[] {
  return [
    "From inside EdgeAgent's pod:",
    "",
    "```console",
    "$ curl -s 'http://localhost:35000/modules/sensor/logs?tail=2&since=1h&timestamps=true&api-version=2020-07-07'",
    "2026-01-01T00:00:00Z one",
    "2026-01-01T00:00:01Z two",
    "$ curl -s -X POST 'http://localhost:35000/modules/sensor/stop?api-version=2020-07-07'",
    '{"message":"Modules follow the deployment manifest: change the module\'s status there to have it stopped"}',
    "```",
    "",
    "A module that runs as a Job has come to its end when its pod has: `start` and `restart` answer 409 then, and say that its",
    "entry in the deployment manifest has to change for another run.",
    "",
    "People need none of it: `edgectl logs sensor -n edge-a -f`, `edgectl restart sensor -n edge-a` and",
    "`edgectl support-bundle -n edge-a` use their own rights.",
    "",
  ];
}

function bundleByEdgectl(): string[] {
  return [
    "### A support bundle by edgectl",
    "",
    "`edgectl support-bundle` reads the cluster itself instead of asking iotedged: it is needed most when iotedged does not",
    "answer, it needs no switch, and nobody has to act as EdgeAgent, who alone may ask iotedged. What is left out is the same,",
    "by the same code. ClusterRole `view` lets its holder read most of it; what somebody may not read is listed under `missing`",
    "in `bundle.json`, on stderr and by `--json`.",
    "",
    "```console",
    "$ npx edgectl support-bundle -n edge-a --since 2h",
    "Support bundle of edge-a ...",
    "   0.0 s  objects/pods-1.json",
    "   0.0 s  objects/deployments-1.json",
    "   ...",
    "   0.1 s  logs/sensor-1/sensor.log",
    "   0.1 s  logs/sensor-1/sensor.previous.log",
    "   0.1 s  bundle.json",
    "Support bundle of edge-a: done in 0.1 s",
    "iotedge-support-edge-a-20261123T061233Z.zip: 19 files, 7241 bytes",
    "$ npx edgectl support-bundle -n edge-a --out iotedge-support-edge-a-20261123T061233Z.zip",
    "error EDGE_SUPPORT_FILE_EXISTS: iotedge-support-edge-a-20261123T061233Z.zip is there already",
    "  fix: Choose another file by `--out FILE`, or overwrite it by `--force`",
    "```",
    "",
    "`--stack berlin` takes the installation of a stack in the stack's cluster, as with `edgectl check` and `logs`.",
    "`--out -` writes to stdout. The file is readable by its owner alone.",
    "",
    "`--metrics` adds what iotedged, EdgeAgent and all proxies that run tell Prometheus (iotedged's own bundle has only those of",
    "the replica that made it). It takes the right to get `pods/proxy`, which reaches every port of every pod in the namespace:",
    "ClusterRole `edit` has it, `view` has not, and the command does without unless it is told to use it. One pod alone:",
    "",
    "```sh",
    `kubectl get --raw /api/v1/namespaces/edge-a/pods/POD:${ports.observability}/proxy/metrics # a proxy: ${ports.proxyObservability}`,
    "```",
    "",
  ];
}

function twoReplicas(): string[] {
  return [
    "## Two replicas",
    "",
    "Every replica serves both APIs. One of them, elected by Lease `iotedged`, watches over EdgeAgent; `iotedge_leader` tells",
    "which. When it ends, another follows within seconds; when it is killed, within 20 s. A replica that is told to end is",
    "not ready at once, serves for 5 s more while clients go elsewhere, asks them to do so by `Connection: close`, and gives the",
    "Lease back: replacing all replicas under load loses no request.",
    "",
  ];
}

async function probesAndMetrics(): Promise<string[]> {
  return [
    "## Probes and metrics",
    "",
    `Port ${ports.observability}, plain HTTP: \`/livez\`, \`/readyz\`, \`/startupz\`, \`/metrics\`. \`/readyz\` names what is missing:`,
    "a listener, a certificate, a permission, the first lists of pods and ServiceAccounts, or which ciphertexts the other",
    "replicas can decrypt ([Keys](keys.md#ciphertexts)). `degraded` in its answer names",
    "what is wrong while a replica stays ready, since another would do no better: no verdicts on tokens, or silent watches.",
    "",
    "### iotedged",
    "",
    await metricTable(iotedgedMetrics().registry),
    "Only in an installation that is [connected to IoT Hub](iot-hub.md):",
    "",
    await metricTable(registryOf(createHubMetrics)),
    "### EdgeAgent",
    "",
    await metricTable(edgeAgentMetrics().registry),
    "And that of a connected installation:",
    "",
    await metricTable(registryOf(edgeAgentHubMetrics)),
  ];
}

/** What is counted only where it is asked for. */
function registryOf(create: (registry: Registry) => unknown): Registry {
  const registry = new Registry();
  create(registry);
  return registry;
}

function routeTable(routes: RouteTable): string {
  const rows = Object.values(routes).map(
    ({ method, path, since, access, summary }) =>
      `| ${method} | \`${path}\` | ${since} | ${callers[access]} | ${summary} |`,
  );
  return ["| | path | since | who | what |", "| --- | --- | --- | --- | --- |", ...rows, ""].join("\n");
}

async function metricTable(registry: Registry): Promise<string> {
  const metrics = (await registry.getMetricsAsJSON()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const rows = metrics.map(({ name, type, help }) => `| \`${name}\` | ${String(type)} | ${help} |`);
  return ["| metric | type | meaning |", "| --- | --- | --- |", ...rows, ""].join("\n");
}
