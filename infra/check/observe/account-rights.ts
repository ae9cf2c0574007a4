import { isJsonObject, mapConcurrently, parseJson } from "#base";
import {
  type AgentSettings,
  dataKeys,
  edgeAgentRulesOf,
  type IotedgedSettings,
  iotedgedRulesOf,
  objectNames,
  type PolicyRule,
  tokenReviewerRules,
} from "#contract";
import { checkResponse, type LiveObject } from "../../kubernetes/index.ts";
import { type Access, describeAccess } from "../rights/access-review.ts";
import type { ClusterReader } from "./cluster-reader.ts";

/** Whether an account of the namespace may do something, by the API server's own word. */
async function mayDo({ send, cluster }: ClusterReader, namespace: string, account: string, access: Access) {
  const [resource = "", subresource] = access.resource.split("/");
  const { verb, group, name } = access;
  const spec = {
    user: `system:serviceaccount:${namespace}:${account}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
    resourceAttributes: { verb, group, resource, subresource, namespace: access.namespace, name },
  };
  const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
  const response = await send({ method: "POST", path, body });
  checkResponse(cluster, response, "create", "SubjectAccessReview");
  return response.body?.status?.allowed === true && response.body?.status?.denied !== true;
}

/** Whether iotedged may ask whose a token is. */
export async function mayReviewTokens(reader: ClusterReader, namespace: string): Promise<boolean> {
  const answers = await mapConcurrently(accessOf(tokenReviewerRules, undefined), (access) =>
    mayDo(reader, namespace, objectNames.iotedged, access),
  );
  return answers.every(Boolean);
}

/** What iotedged and EdgeAgent lack of the rights that they are to have in the namespace, in words. */
export async function missingDaemonRights(
  reader: ClusterReader,
  namespace: string,
  configs: { readonly iotedged: LiveObject | undefined; readonly agent: LiveObject | undefined },
): Promise<readonly string[]> {
  const settings = parseJson(configs.iotedged?.data?.[dataKeys.iotedgedConfig]);
  const agent = parseJson(configs.agent?.data?.[dataKeys.agentConfig]);
  const ofIotedged = isJsonObject(settings) ? iotedgedRulesOf((settings as unknown as IotedgedSettings).features) : [];
  const connected = isJsonObject(settings) && settings.provisioning !== undefined;
  const { modules, replicas } = isJsonObject(agent) ? (agent as unknown as AgentSettings) : {};
  const ofAgent = modules === undefined ? [] : edgeAgentRulesOf(modules, replicas ?? 1, connected);
  const wanted = [
    ...accessOf(ofIotedged, namespace).map((access) => ({ account: objectNames.iotedged, access })),
    ...accessOf(ofAgent, namespace).map((access) => ({ account: objectNames.edgeAgent, access })),
  ];
  const answers = await mapConcurrently(wanted, async ({ account, access }) =>
    (await mayDo(reader, namespace, account, access)) ? [] : [`${account}: ${describeAccess(access)}`],
  );
  return answers.flat();
}

function accessOf(rules: readonly PolicyRule[], namespace: string | undefined): readonly Access[] {
  const all = rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [undefined] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) => resourceNames.map((name) => ({ verb, group, resource, namespace, name }))),
      ),
    ),
  );
  return [...new Map(all.map((access) => [describeAccess(access), access])).values()];
}
