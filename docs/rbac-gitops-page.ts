import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const fixtures = fileURLToPath(new URL("../test/fixtures/gitops/", import.meta.url));

/** docs/rbac-gitops.md: how each kind of GitOps repository is compared, with the comments that real pull requests get. */
export function rbacGitopsPage(): string {
  return `# RBAC diffs for GitOps repositories

A pull request changes manifests, a chart or an overlay, and \`edgectl rbac diff\` says in a comment who gains which
permission by it, before Argo CD or Flux applies anything. No cluster is needed. How it counts and judges:
[RBAC diffs](rbac-diff.md); ready workflows: [pipelines](pipelines/README.md).

| the repository holds | base | head |
| --- | --- | --- |
| rendered manifests | \`manifests:PATH@origin/main\` | \`manifests:PATH\` |
| a Helm chart | \`helm:CHART@origin/main\` | \`helm:CHART\` |
| a kustomization | \`kustomize:PATH@origin/main\` | \`kustomize:PATH\` |

What stands behind \`@\` is any revision that git knows: a branch, a tag, a commit, \`HEAD~3\`. It is checked out into a scratch
worktree, whole and without hooks. What the base does not have yet is new as a whole. Charts and kustomizations are rendered
by the helm and the kustomize on your PATH; tested with helm 3.22 and kustomize 5.8.

## Set up

1. Name as a source each path that Argo CD (\`spec.source.path\`) or Flux (\`spec.path\`) delivers, every environment by itself: two
   that define the same object are an error. What is not named is not compared, and an Application that stays as it is says nothing
   about the folder that it names.
2. Give charts \`--release\` and \`--namespace\` as they are installed, and their values.
3. Take a workflow from [pipelines](pipelines/README.md), and let nothing be merged without it. A pull request may change the
   workflow itself, the waivers and the rules: let somebody else approve changes of these (code owners, protected files).
4. Look once at what is there already: \`edgectl rbac lint manifests:PATH\`. A diff counts only what a change brings.

| option | what |
| --- | --- |
| \`--values FILE\` | values of a chart, as often as needed, the last counts most; at a revision a file of the repository is that of the revision |
| \`--release NAME\` | name under which a chart is installed; default \`release-name\`, as \`helm template\` has it |
| \`--namespace NAMESPACE\` | for objects that name none, and \`.Release.Namespace\` of charts (in \`who-can\` and \`explain\`, for objects: \`--source-namespace\`) |
| \`--kubernetes VERSION\` | whose built-in roles count, and \`.Capabilities.KubeVersion\` of charts |
| \`--network\` | lets a kustomization take bases from the network |
| \`--details URL\` | where the whole report is, for the end of a comment that had to be cut |

What another tool renders is read from standard input: \`helmfile template | edgectl rbac lint manifests:-\`.

## Rendered manifests

${story("manifests")}

\`\`\`sh
npx edgectl rbac diff --base manifests:environments/production@main --head manifests:environments/production -o markdown
\`\`\`

${comment("manifests")}

## A Helm chart

${story("helm")}

\`\`\`sh
npx edgectl rbac diff --base helm:charts/reporter@main --head helm:charts/reporter --release reporter --namespace reporting -o markdown
\`\`\`

${comment("helm")}

## A kustomization

${story("kustomize")}

\`\`\`sh
npx edgectl rbac diff --base kustomize:overlays/production@main --head kustomize:overlays/production -o markdown
\`\`\`

${comment("kustomize")}

## What is trusted

The pull request is not. Helm and kustomize are started without your environment: no credentials, settings, plugins,
post-renderers or kubeconfig, no program on their PATH, and every proxy leads nowhere. They are stopped after 2 minutes or 50 MB
of output. Kustomize gets neither plugins nor Helm, and reads no file outside of its folder. These are errors, which end with 1:

- a chart that is not on this machine, and dependencies that are not in its \`charts/\` (\`helm dependency build\` before)
- a kustomization that takes something from the network, also by a base; \`--network\` allows it, with your environment, so give
  it only for what you trust
- a symbolic link out of a chart, a file of values or manifests that is a link out of the repository, and at a revision any link
  out of it
- a chart or values with more than 50 MB in a file, or that would become large by aliases

These are **unresolved**, so that the exit code is never 0 where they change:

- a template that asks the cluster, the time or chance: \`lookup\`, \`.Capabilities.APIVersions\`, \`.Release.IsUpgrade\`, \`now\`,
  \`date\`, \`ago\`, \`randAlphaNum\`, \`bcrypt\`, \`genCA\`, \`printf "%p"\`, \`keys\` without \`sortAlpha\` and the like, also in
  packed subcharts and in values that \`tpl\` renders, with escapes (\`l\\u006fokup\`) or without
- a template that asks in other words: \`tpl\` of what \`print\`, \`join\`, \`b64dec\` and the like put together, a value that is a part of
  a template, \`toJson .Capabilities\` or \`range .Release\`, patch releases and providers of Kubernetes, and, without \`--release\` and
  \`--namespace\`, a comparison of \`.Release.Name\` or \`.Release.Namespace\`. Not found is a template whose parts come together
  elsewhere than where \`tpl\` stands, and are no part of one by themselves
- a chart that grants something else with another release name or in another namespace, in a patch release of Kubernetes with
  the APIs of common operators (Prometheus, cert-manager, OpenShift, Gateway API, Istio, ...), on an upgrade, or in another
  version of Kubernetes that edgectl knows (1.34 to 1.36) or a later one, and one that cannot be rendered with other names: it is
  rendered five times, and differences that grant nothing do not matter. Give \`--release\` and \`--namespace\` as the chart is
  installed: they are not varied then, and a chart that knows its own names cannot hide by them
- \`.argocd-source.yaml\` and \`.argocd-source-APP.yaml\` beside a chart or kustomization: Argo CD alone reads them
- a submodule at a revision, whose files are not in the checkout
- \`working-tree-encoding\` and \`ident\` in a \`.gitattributes\`: a checkout then holds other bytes than Flux reads from git, and what
  is a line break there may be none here

## Code scanning

\`--report sarif=FILE\` gives addresses relative to the root of the git repository that the command runs in. GitHub takes 25 000
results and 10 MB (compressed) of one file; beyond that the least severe are left out, and the file says how many. Of those it
shows the 5 000 most severe.
`;
}

const stories = {
  manifests: `The title says "reporter 1.4.2". A merge key (\`<<\`) repeats the rule above it, but for Secrets:`,
  helm:
    'The title says "Labels". No template changes: a label of the chart\'s role adds its rules to the built-in role `view`, ' +
    "and with it to everybody who may look at the namespace:",
  kustomize:
    'The title says "Profile". No object of RBAC is in it: a replacement copies a setting into the name of the role that a ' +
    "binding of the base refers to:",
};

function story(name: keyof typeof stories): string {
  const head = join(fixtures, name, "pull-request");
  const files = globSync("**/*.yaml", { cwd: head })
    .filter((file) => !file.endsWith("Chart.yaml"))
    .sort();
  return [stories[name], "", "```diff", ...files.flatMap((file) => changeOf(name, file)), "```"].join("\n");
}

function changeOf(name: string, file: string): string[] {
  const sides = ["base", "pull-request"].map((side) => join(fixtures, name, side, file));
  const args = ["-c", "core.pager=", "diff", "--no-index", "--no-color", "--no-ext-diff", "--unified=2", ...sides];
  const changed = lines(() => execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  const start = changed.findIndex((line) => line.startsWith("@@"));
  const body = changed.slice(start).filter((line) => !line.startsWith("@@") && line !== "");
  return [`--- ${file}`, ...body];
}

/** Git ends with 1 where files differ. */
function lines(run: () => string): string[] {
  try {
    return run().split("\n");
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout).split("\n");
  }
}

/** What `test/integration/rbac-gitops.test.ts` has got from the command, without the marker in its first line. */
function comment(name: keyof typeof stories): string {
  const text = readFileSync(new URL(`rbac-gitops/${name}.md`, import.meta.url), "utf8");
  const quoted = text
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => (line === "" ? ">" : `> ${line}`));
  return ["The comment:", "", ...quoted].join("\n");
}
