import type { Registry } from "prom-client";
import { ports } from "#contract";
import { defaults } from "../infra/installation/defaults.ts";
import { createMetrics as edgeAgentMetrics } from "../runtime/edge-agent/metrics.ts";
import type { Access, RouteTable } from "../runtime/iotedged/api/route.ts";
import { managementRoutes } from "../runtime/iotedged/management/routes.ts";
import { createMetrics as iotedgedMetrics } from "../runtime/iotedged/metrics.ts";
import { workloadRoutes } from "../runtime/iotedged/workload/routes.ts";

const callers: Readonly<Record<Access, string>> = {
  installation: "any module of the installation",
  self: "the module that the path names",
  edgeAgent: "EdgeAgent",
  edgeHub: "the hub, `$edgeHub`",
};

/** docs/iotedged.md: the daemon's APIs, rules and metrics, from the tables that it runs by. */
export async function iotedgedPage(): Promise<string> {
  const { tokenCacheSeconds, tokenStaleSeconds, requestsPerSecond, certificatesPerMinute } = defaults.iotedged;
  return [
    "# iotedged",
    "",
    "iotedged authenticates the modules of one installation and serves them IoT Edge's two APIs. The tables of this page",
    "are made from the code that it runs by. Machine-readable: [workload API](openapi/workload.json),",
    "[management API](openapi/management.json); a running iotedged serves the same under `/openapi/workload.json` and",
    `\`/openapi/management.json\` on port ${ports.observability}.`,
    "",
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
    "## Who is let in",
    "",
    "A token counts when the API server's TokenReview says that it is valid for the audience",
    "`iotedge:{namespace}/{name}` and bound to a pod, when its ServiceAccount is in iotedged's own namespace and still the",
    "one that it was issued for, and when the ServiceAccount's name is the encoding of the module id in its annotation.",
    "Everything else is answered with 401, and a route that the identity may not call with 403.",
    "",
    "| setting | default | meaning |",
    "| --- | --- | --- |",
    `| \`iotedged.tokenCacheSeconds\` | ${tokenCacheSeconds} | how long a TokenReview counts; a deleted pod's token is refused at once, cached or not |`,
    `| \`iotedged.tokenStaleSeconds\` | ${tokenStaleSeconds} | how much longer it counts while the API server gives no verdict; never a new token, never past its expiry |`,
    `| \`iotedged.requestsPerSecond\` | ${requestsPerSecond} | requests of one module a second and replica; then 429 with \`Retry-After\` |`,
    `| \`iotedged.certificatesPerMinute\` | ${certificatesPerMinute} | certificates of one module a minute and replica |`,
    "",
    `## Workload API, port ${ports.workload}`,
    "",
    routeTable(workloadRoutes),
    `## Management API, port ${ports.management}`,
    "",
    "Only EdgeAgent's proxy offers it to its pod.",
    "",
    routeTable(managementRoutes),
    "## Probes and metrics",
    "",
    `Port ${ports.observability}, plain HTTP: \`/livez\`, \`/readyz\`, \`/startupz\`, \`/metrics\`. \`/readyz\` names what is missing:`,
    "a listener, a certificate, a permission, or the first lists of pods and ServiceAccounts.",
    "",
    "### iotedged",
    "",
    await metricTable(iotedgedMetrics().registry),
    "### EdgeAgent",
    "",
    await metricTable(edgeAgentMetrics().registry),
  ].join("\n");
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
