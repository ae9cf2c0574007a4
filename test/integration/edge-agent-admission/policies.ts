import { clusterObjectNames, labels, objectNames } from "#contract";
import {
  bindingSpec,
  moduleAccountsPolicy,
  modulePodsPolicy,
  workloadsPolicy,
} from "../../../infra/installation/admission/admission-policy.ts";
import type { Guarded } from "../../../infra/installation/admission/rule.ts";
import { hardenedContainerSecurity, hardenedPodSecurity } from "../../../runtime/shared/pod/security.ts";
import { refusal } from "../../support/edgeagent-token/outcomes.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { Installation } from "../edge-agent/installation.ts";

const path = "/apis/admissionregistration.k8s.io/v1";
const kinds = ["edgeAgentWorkloads", "modulePods", "moduleAccounts"] as const;

/** The admission policies of an installation, in force. */
export interface Policies {
  /** What the API server's type checker has against their expressions. */
  warnings(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** Declares the policies as the Pulumi program would, and waits until the API server has taken them up. */
export async function declarePolicies(installation: Installation, settings: Guarded["settings"]): Promise<Policies> {
  const { namespace, call } = installation;
  const id = { name: namespace, namespace };
  const specs = {
    edgeAgentWorkloads: workloadsPolicy({ id, settings }),
    modulePods: modulePodsPolicy({ id, settings }),
    moduleAccounts: moduleAccountsPolicy({ id, settings }),
  };
  const nameOf = (kind: (typeof kinds)[number]) => clusterObjectNames(namespace)[kind];
  for (const kind of kinds) {
    const metadata = { name: nameOf(kind) };
    await call("create", `${path}/validatingadmissionpolicies`, { metadata, spec: specs[kind] });
    await call("create", `${path}/validatingadmissionpolicybindings`, { metadata, spec: bindingSpec(id, kind) });
  }
  const agent = await installation.agentClient();
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "probe" } };
  await waitFor("the policy of what EdgeAgent writes", () =>
    refusal(() =>
      agent.call({
        verb: "create",
        path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
        query: { dryRun: "All" },
        body: account,
      }),
    ),
  );
  const isRefused = async (pod: object, message: string) => {
    const said = await refusal(() => call("create", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod));
    return said?.includes(message) ? true : undefined;
  };
  await waitFor("the policy of modules' pods", () =>
    isRefused(podOf(namespace, labels.puller, identityKey), "Secrets and ConfigMaps of its installation"),
  );
  await waitFor("the policy of modules' accounts", () =>
    isRefused(podOf(namespace, labels.module, { emptyDir: {} }), "that EdgeAgent has made"),
  );
  await agent.close();
  return {
    warnings: async () => {
      const found = await Promise.all(kinds.map((kind) => checked(installation, nameOf(kind))));
      return found.flat();
    },
    remove: async () => {
      for (const plural of ["validatingadmissionpolicybindings", "validatingadmissionpolicies"]) {
        for (const kind of kinds) await call("delete", `${path}/${plural}/${nameOf(kind)}`, {});
      }
    },
  };
}

export const identityKey = { secret: { secretName: objectNames.identity } };

/** A pod of the installation that has the volume, whoever has given it to it. */
export function podOf(
  namespace: string,
  label: string,
  volume: object,
  serviceAccountName: string = objectNames.iotedged,
) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "injected", labels: { [label]: "injected", [labels.instance]: namespace } },
    spec: {
      serviceAccountName,
      securityContext: hardenedPodSecurity,
      containers: [{ name: "c", image: "registry.example.com/any:1", securityContext: hardenedContainerSecurity }],
      volumes: [{ name: "v", ...volume }],
    },
  };
}

async function checked({ call }: Installation, name: string): Promise<readonly string[]> {
  const warnings = await waitFor("the type checker", async () => {
    // biome-ignore lint/suspicious/noExplicitAny: of the answer, only the status matters
    const { status } = (await call("get", `${path}/validatingadmissionpolicies/${name}`, {})) as any;
    return status?.observedGeneration === undefined ? undefined : (status.typeChecking?.expressionWarnings ?? []);
  });
  return warnings.map((warning: object) => JSON.stringify(warning));
}
