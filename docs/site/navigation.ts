/** A page of the site: what the navigation calls it, and the file of the repository that it is made from. */
export interface Entry {
  readonly text: string;
  readonly source: string;
}

export interface Section {
  readonly text: string;
  readonly entries: readonly Entry[];
  /** Folded until somebody asks for it. */
  readonly folded?: boolean;
}

/** The order in which a reader needs them. Files stay where they are: this alone gives the site its structure. */
export const navigation: readonly Section[] = [
  section("Start", {
    Overview: "README.md",
    Concepts: "docs/concepts.md",
    "Tutorial: your first module": "docs/tutorial.md",
    "The local cluster": "docs/local-cluster.md",
  }),
  section("How to", {
    "All tasks": "docs/how-to.md",
    "Write a module": "docs/modules.md",
    "Give modules what they need": "docs/module-rights.md",
    "Change a module": "docs/module-updates.md",
    "Images, registries, air gap": "docs/images.md",
    "Behind a corporate proxy": "docs/corporate-proxy.md",
    "Kinds of clusters": "docs/clusters.md",
    OpenShift: "docs/openshift.md",
    GitOps: "docs/gitops.md",
    "See what runs in a browser": "docs/console.md",
    "Roll out to a fleet": "docs/rollouts.md",
    "Upgrade and roll back": "docs/upgrades.md",
    "Back up and restore": "docs/backup.md",
    Uninstall: "docs/uninstall.md",
    "Rotate and revoke CAs": "docs/trust.md",
    "Work as a team": "docs/state.md",
    "Divide duties": "docs/divided-duties.md",
    "When a node is lost": "docs/lost-node.md",
    "Other languages of Pulumi": "docs/languages.md",
    "IoT Hub": "docs/iot-hub.md",
    "Move from docker mode, or the preview": "docs/migration.md",
  }),
  section("What is wrong", {
    "Check a cluster": "docs/check.md",
    "When a module does not run": "docs/troubleshooting.md",
    Errors: "docs/errors.md",
  }),
  section("Reference", {
    "Deployment manifests": "docs/deployment-manifest.md",
    "iotedged's APIs": "docs/iotedged.md",
    Proxy: "docs/proxy.md",
    Permissions: "docs/permissions.md",
    Keys: "docs/keys.md",
    Audit: "docs/audit.md",
    Monitoring: "docs/monitoring.md",
    "RBAC diffs": "docs/rbac-diff.md",
    "RBAC diffs of GitOps repositories": "docs/rbac-gitops.md",
    "Rules of RBAC diffs": "docs/rbac-rules.md",
    "RBAC diffs in pipelines": "docs/pipelines/README.md",
    Changelog: "CHANGELOG.md",
  }),
  section("Security", {
    "What is promised": "SECURITY.md",
    "Threat model": "docs/security.md",
  }),
  { ...section("Decisions", { "What was chosen, and why": "docs/decisions/README.md" }), folded: true },
];

function section(text: string, entries: Readonly<Record<string, string>>): Section {
  return { text, entries: Object.entries(entries).map(([name, source]) => ({ text: name, source })) };
}
