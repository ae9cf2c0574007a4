import { describe, expect, it } from "vitest";
import { diff, sourceOf } from "../test/sources.ts";

const unresolved = (yaml: string) =>
  sourceOf(yaml).clusters[0]?.unresolved.map(({ reason, object }) => `${reason} ${object}`);
const object = (apiVersion: string, kind: string, rest = "") =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\n${rest}`;

const grant = `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: y},
  roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: User, name: mallory}]}`;

describe("kinds that bring access later", () => {
  it.each([
    ["operators.coreos.com/v1alpha1", "ClusterServiceVersion"],
    ["operators.coreos.com/v1alpha1", "Subscription"],
    ["operators.coreos.com/v1", "OperatorGroup"],
    ["olm.operatorframework.io/v1", "ClusterExtension"],
    ["helm.cattle.io/v1", "HelmChart"],
    ["helm.toolkit.fluxcd.io/v2", "HelmRelease"],
    ["kustomize.toolkit.fluxcd.io/v1", "Kustomization"],
    ["source.toolkit.fluxcd.io/v1", "GitRepository"],
    ["source.toolkit.fluxcd.io/v1", "HelmRepository"],
    ["operators.coreos.com/v1alpha1", "CatalogSource"],
    ["mutations.gatekeeper.sh/v1", "AssignMetadata"],
    ["admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy"],
    ["kustomize.config.k8s.io/v1beta1", "Kustomization"],
    ["argoproj.io/v1alpha1", "Application"],
    ["fleet.cattle.io/v1alpha1", "Bundle"],
    ["kubernetes.crossplane.io/v1alpha2", "Object"],
    ["kubernetes.m.crossplane.io/v1alpha1", "Object"],
    ["apiextensions.crossplane.io/v1", "Composition"],
    ["pkg.crossplane.io/v1", "Provider"],
    ["addons.cluster.x-k8s.io/v1beta2", "ClusterResourceSet"],
    ["work.open-cluster-management.io/v1", "ManifestWork"],
    ["security.openshift.io/v1", "SecurityContextConstraints"],
    ["authorization.openshift.io/v1", "ClusterRoleBinding"],
    ["user.openshift.io/v1", "Group"],
    ["template.openshift.io/v1", "Template"],
    ["v1", "Template"],
    ["policies.kyverno.io/v1", "GeneratingPolicy"],
    ["hnc.x-k8s.io/v1alpha2", "HierarchyConfiguration"],
    ["capsule.clastix.io/v1beta2", "Tenant"],
    ["helm.fluxcd.io/v1", "HelmRelease"],
    ["ops.crossplane.io/v1alpha1", "CronOperation"],
    ["policy.karmada.io/v1alpha1", "OverridePolicy"],
    ["types.kubefed.io/v1beta1", "FederatedClusterRoleBinding"],
    ["resources.gardener.cloud/v1alpha1", "ManagedResource"],
    ["user.openshift.io/v1", "UserIdentityMapping"],
    ["access-manager.io/v1beta1", "RbacDefinition"],
    ["rbac.open-cluster-management.io/v1alpha1", "ClusterPermission"],
    ["kubeflow.org/v1", "Profile"],
    ["config.projectsveltos.io/v1beta1", "ClusterProfile"],
    ["lib.projectsveltos.io/v1beta1", "RoleRequest"],
    ["kubermatic.k8c.io/v1", "UserProjectBinding"],
    ["argoproj.io/v1alpha1", "AppProject"],
    ["resources.teleport.dev/v1", "TeleportRoleV7"],
    ["metacontroller.k8s.io/v1alpha1", "CompositeController"],
    ["deckhouse.io/v1", "ClusterAuthorizationRule"],
    ["redhatcop.redhat.io/v1alpha1", "NamespaceConfig"],
    ["helm.k0sproject.io/v1beta1", "Chart"],
    ["config.openshift.io/v1", "OAuth"],
    ["iam.cnrm.cloud.google.com/v1beta1", "IAMPolicyMember"],
    ["argoproj.io/v1alpha1", "ApplicationPatch"],
    ["helm.toolkit.fluxcd.io/v2", "HelmReleasePatch"],
  ])("%s %s is unresolved", (apiVersion, kind) => {
    expect(unresolved(object(apiVersion, kind))).toEqual([`opaque ${kind} x`]);
  });

  it("are those policies of Kyverno that write", () => {
    const policy = (rule: string) => object("kyverno.io/v1", "ClusterPolicy", `spec: {rules: [{name: r, ${rule}}]}`);
    expect(unresolved(policy("generate: {kind: RoleBinding}"))).toEqual(["opaque ClusterPolicy x"]);
    expect(unresolved(policy("mutate: {targets: []}"))).toEqual(["opaque ClusterPolicy x"]);
    expect(unresolved(policy("validate: {message: no}"))).toEqual([]);
  });

  it("are those mutating policies that may change RBAC objects", () => {
    const policy = (groups: string) =>
      object(
        "admissionregistration.k8s.io/v1",
        "MutatingAdmissionPolicy",
        `spec: {matchConstraints: {resourceRules: [{apiGroups: ${groups}}]}}`,
      );
    expect(unresolved(policy("[apps, rbac.authorization.k8s.io]"))).toEqual(["opaque MutatingAdmissionPolicy x"]);
    expect(unresolved(policy('["*"]'))).toEqual(["opaque MutatingAdmissionPolicy x"]);
    expect(unresolved(policy("[apps]"))).toEqual([]);
  });

  it("are those mutating webhooks that may change RBAC objects", () => {
    const webhook = (rules: string) =>
      object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", `webhooks: [{name: w${rules}}]`);
    expect(unresolved(webhook(", rules: [{apiGroups: [rbac.authorization.k8s.io]}]"))).toHaveLength(1);
    expect(unresolved(webhook(', rules: [{apiGroups: ["*"]}]'))).toHaveLength(1);
    expect(unresolved(webhook(", rules: [{apiGroups: [apps]}]"))).toEqual([]);
    expect(unresolved(webhook(""))).toEqual([]);
  });

  it("are who may do what through Argo CD, and tokens that are in groups", () => {
    expect(unresolved(object("v1", "ConfigMap").replace("name: x", "name: argocd-rbac-cm"))).toHaveLength(1);
    expect(unresolved(object("v1", "Secret", "type: bootstrap.kubernetes.io/token\n"))).toHaveLength(1);
    expect(unresolved(object("v1", "Secret", "type: Opaque\n"))).toEqual([]);
    expect(unresolved(object("v1", "SecretPatch").replace("name: x", "name: bootstrap-token-abcdef"))).toHaveLength(1);
    const logins = (key: string) =>
      object("v1", "ConfigMap", `data: {${key}: a}\n`).replace("name: x", "name: argocd-cm");
    expect(unresolved(logins("accounts.eve"))).toHaveLength(1);
    expect(unresolved(logins("timeout.reconciliation"))).toEqual([]);
  });

  it("are the ConfigMaps that make users of identities of AWS", () => {
    const map = (metadata: string) => object("v1", "ConfigMap").replace("{name: x}", metadata);
    expect(unresolved(map("{name: aws-auth, namespace: kube-system}"))).toEqual([
      "opaque ConfigMap kube-system/aws-auth",
    ]);
    expect(unresolved(map("{name: aws-auth, namespace: other}"))).toEqual([]);
  });

  it.each(["[secret]", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"])(
    "may be a ConfigMap or Secret of unknown name: %s",
    (value) => {
      const map = (metadata: string) => object("v1", "ConfigMap").replace("{name: x}", metadata);
      expect(unresolved(map(`{name: "${value}", namespace: kube-system}`))).toHaveLength(1);
      expect(unresolved(map(`{name: aws-auth, namespace: "${value}"}`))).toHaveLength(1);
      expect(unresolved(map(`{name: web, namespace: "${value}"}`))).toEqual([]);
      expect(unresolved(object("v1", "Secret", `type: "${value}"\n`))).toHaveLength(1);
    },
  );

  it("are what they are with a field that makes kubectl take them for a list", () => {
    expect(unresolved(object("argoproj.io/v1alpha1", "Application", "items: []\n"))).toEqual(["opaque Application x"]);
    expect(unresolved(object("v1", "ConfigMapList", "items: []\n"))).toEqual([]);
  });

  it.each(["ConfigMap", "Secret"])("are not the same where a %s that they name is another", (kind) => {
    const state = (name: string, value: string) =>
      object("addons.cluster.x-k8s.io/v1beta2", "ClusterResourceSet", "spec: {resources: [{name: settings}]}\n---\n") +
      object("v1", kind, `data: {a: ${value}}`).replace("name: x", `name: ${name}`);
    const sides = (name: string) => diff(state(name, "one"), state(name, "two")).unresolved.map(({ side }) => side);
    expect(sides("settings")).toEqual(["head", "base"]);
    expect(sides("others")).toEqual(["same"]);
  });

  it.each([
    ["an object inside", `spec: {template: {manifests: [${grant}]}}`],
    [
      "an object as text",
      `spec:\n  manifest: |\n    apiVersion: rbac.authorization.k8s.io/v1\n    kind: "RoleBinding"\n`,
    ],
  ])("are custom resources with %s", (_, rest) => {
    expect(unresolved(object("example.com/v1", "Thing", rest))).toEqual(["opaque Thing x"]);
  });

  it.each([
    ["a custom resource", object("example.com/v1", "Thing", "spec: {kind: ClusterRole}")],
    [
      "a ConfigMap that nobody applies",
      object("v1", "ConfigMap", "data: {a: 'apiVersion: rbac.authorization.k8s.io/v1, kind: Role'}"),
    ],
    [
      "a webhook that watches roles",
      object(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "webhooks: [{rules: [{apiGroups: [rbac.authorization.k8s.io]}]}]",
      ),
    ],
  ])("is not %s", (_, yaml) => {
    expect(unresolved(yaml)).toEqual([]);
  });
});
