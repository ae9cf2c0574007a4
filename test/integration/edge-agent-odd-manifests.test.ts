import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectNames } from "#contract";
import type { KubernetesObject } from "../../runtime/base/kubernetes-objects.ts";
import { claimOf, wantedClaims } from "../../runtime/edge-agent/mapping/claim.ts";
import { desiredObjects } from "../../runtime/edge-agent/mapping/desired-objects.ts";
import type { Installation as Target } from "../../runtime/edge-agent/mapping/installation.ts";
import { parseManifest } from "../../runtime/manifest/parse-manifest.ts";
import { describeProblem } from "../../runtime/manifest/problems.ts";
import { noCredentials } from "../../runtime/manifest/registry-credentials.ts";
import type { ApiClient } from "../../runtime/shared/kubernetes/api-client.ts";
import { serviceAccounts } from "../../runtime/shared/kubernetes/kinds.ts";
import { ownerReference } from "../../runtime/shared/pod/owner-reference.ts";
import { manifestText } from "../fakes/edge-installation.ts";
import { agentSettings, iotedgedSettings } from "../fakes/settings.ts";
import { oddModules, oddSettings, oddVariables } from "../fixtures/odd-modules.ts";
import { refusal, tried } from "../support/edgeagent-token/outcomes.ts";
import { createInstallation, type Installation } from "./edge-agent/installation.ts";

const image = "registry.example.com/sample:1.0";

let installation: Installation;
let client: ApiClient;
let target: Target;

beforeAll(async () => {
  installation = await createInstallation({}, { modules: oddSettings, level: "privileged" });
  client = await installation.agentClient();
  const owner = await installation.admin.get(serviceAccounts, objectNames.iotedged);
  if (owner === undefined) throw new Error("no owner");
  const { namespace } = installation;
  target = {
    identity: { ...iotedgedSettings, installation: { name: namespace, namespace } },
    settings: { ...agentSettings, modules: oddSettings },
    owner: ownerReference(owner),
    credentials: noCredentials,
  };
});
afterAll(async () => {
  await client.close();
  await installation.remove();
});

/** What EdgeAgent would make of a manifest; undefined, and why, where the parser refuses it. */
function made(text: string): { readonly objects?: readonly KubernetesObject[]; readonly refused: readonly string[] } {
  const parsed = parseManifest(text, oddSettings);
  if (!parsed.ok) return { refused: parsed.errors.map(describeProblem) };
  const claims = wantedClaims(parsed.manifest.modules).map((one) => claimOf(one, target, undefined));
  const objects = parsed.manifest.modules.flatMap((module): readonly KubernetesObject[] => {
    const { workload, services } = desiredObjects(module, target, "generation-1");
    return workload === undefined ? services : ([workload, ...services] as readonly KubernetesObject[]);
  });
  return { objects: [...claims, ...objects], refused: [] };
}

/** Why the API server does not take the last one of the objects, with those before it there. */
async function refusalsOf(objects: readonly KubernetesObject[], isKept: boolean): Promise<readonly string[]> {
  const found: (string | undefined)[] = [];
  for (const [index, object] of objects.entries()) {
    const query = isKept && index < objects.length - 1 ? {} : { dryRun: "All" };
    const attempt = { what: "", verb: "apply", object } as const;
    found.push(await refusal(() => tried(client, installation.namespace, attempt, query)));
  }
  return found.filter((message) => message !== undefined);
}

async function judge(text: string, asked: readonly object[] | undefined): Promise<void> {
  const { objects, refused } = made(text);
  if (objects !== undefined) {
    expect(await refusalsOf(objects, false)).toEqual([]);
    return;
  }
  if (asked === undefined) throw new Error(`refused by the parser alone: ${refused.join()}`);
  const told = await refusalsOf(asked as readonly KubernetesObject[], true);
  expect(told, `refused by the parser alone: ${refused.join()}`).toHaveLength(1);
}

describe("parser and API server agree on", () => {
  it.each(oddModules)("$what", async ({ modules: options, asked }) => {
    const entries = Object.entries(options).map(([id, createOptions]) => [id, { settings: { image, createOptions } }]);
    await judge(manifestText(Object.fromEntries(entries)), asked);
  });

  it.each(oddVariables)("a variable of $what", async ({ valueFrom, asked }) => {
    await judge(manifestText({ odd: { env: { A: { valueFrom } }, settings: { image } } }), [asked]);
  });
});
