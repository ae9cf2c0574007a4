import { on, type PermissionRule, write } from "../../rule.ts";

const group = "external-secrets.io";
const practices = "https://external-secrets.io/latest/guides/security-best-practices/";

/** What External Secrets fetches from a store of secrets, and puts there. */
export const externalSecretsRules: readonly PermissionRule[] = [
  {
    id: "external-secrets-write",
    pack: "External Secrets",
    title: "fetching secrets by ExternalSecrets",
    severity: "high",
    namespaced: "medium",
    why: "The operator writes any secret that the store's credentials reach into a Secret or template of the holder's choice.",
    source: practices,
    fix: "Use a SecretStore for each namespace, with credentials for its own paths, and limit ClusterSecretStores by conditions.",
    cis: ["5.1.2"],
    mitre: ["T1552.007"],
    grants: [on(group, ["externalsecrets", "clusterexternalsecrets"], write)],
  },
  {
    id: "external-secrets-stores-write",
    pack: "External Secrets",
    title: "writing stores of External Secrets",
    severity: "high",
    namespaced: "medium",
    why: "A store says where secrets come from and with whose credentials; a ClusterSecretStore may use Secrets of all namespaces.",
    source: practices,
    fix: "Leave stores to the administrators.",
    cis: ["5.1.2"],
    mitre: ["T1552.007"],
    grants: [on(group, ["secretstores", "clustersecretstores"], write)],
  },
  {
    id: "external-secrets-push",
    pack: "External Secrets",
    title: "sending Secrets out by PushSecrets",
    severity: "high",
    namespaced: "high",
    why: "The operator copies Secrets of the namespace to a store, whatever the holder may read of them.",
    source: "https://external-secrets.io/latest/api/pushsecret/",
    fix: "Switch PushSecrets off, or leave them to the administrators.",
    cis: ["5.1.2"],
    mitre: ["T1552.007"],
    grants: [on(group, ["pushsecrets", "clusterpushsecrets"], write)],
  },
  {
    id: "external-secrets-generators",
    pack: "External Secrets",
    title: "writing generators of External Secrets",
    severity: "high",
    namespaced: "medium",
    why: "Generators make credentials of clouds, registries and clusters with the operator's identity, and call any address.",
    source: "https://external-secrets.io/latest/guides/generator/",
    fix: "Leave generators to the administrators.",
    mitre: ["T1528"],
    grants: [on("generators.external-secrets.io", ["*"], write)],
  },
];
