import { defineErrors } from "#base";

/** Reading and comparing RBAC. */
export const rbacErrors = defineErrors({
  EDGE_RBAC_SYNTAX: {
    message: "{file}:{line}:{column}: {problem}",
    cause: "The file is not valid YAML or JSON, for instance a Helm template that was not rendered.",
    remedy: "Correct the file at that place, or pass rendered manifests.",
  },
  EDGE_RBAC_FILE_UNREADABLE: {
    message: "{file} cannot be read: {problem}",
    cause: "The file or folder does not exist, or its permissions do not let this user read it.",
    remedy: "Check the path; it is relative to the working directory.",
  },
  EDGE_RBAC_NAME_NOT_UTF8: {
    message: "the name of {file} is not UTF-8, so that the file cannot be read",
    cause: "Git and Linux take any bytes for a name, and what deploys the folder may read the file.",
    remedy: "Rename it, or remove it: git ls-files shows its bytes.",
  },
  EDGE_RBAC_FILE_TOO_LARGE: {
    message: "{file} has {megabytes} MB; files of up to {limit} MB are read",
    cause: "Reading a file of any size would let one input take all memory.",
    remedy: "Split the file, or keep manifests that are no RBAC out of it.",
  },
  EDGE_RBAC_SOURCE_EMPTY: {
    message: "{source} holds no Kubernetes object",
    cause: "An empty input would look like one that takes all permissions away.",
    remedy:
      "Check the path, and that the manifests were rendered. A side that shall hold nothing is written as 'empty:'.",
  },
  EDGE_RBAC_SOURCE_UNKNOWN: {
    message: "'{source}' is no source of RBAC objects",
    cause: "A source is named by its kind and a value, or by the path of a file or folder.",
    remedy:
      "Use one of manifests:PATH, helm:CHART, kustomize:PATH, stack:NAME (these also with @REVISION), preview:FILE, context:NAME, snapshot:FILE, empty:",
  },
  EDGE_RBAC_DOCUMENT_EXCESSIVE: {
    message: "{place}: {problem}",
    cause: "Aliases, nesting and rules whose lists multiply can make a small file take all time and memory.",
    remedy: "Write out what is meant, in several roles or documents; see docs/rbac-diff.md, 'Limits'.",
  },
  EDGE_RBAC_OBJECT_DUPLICATE: {
    message: "{object} stands in {first} and, different, in {second}",
    cause: "Which one the cluster would end with depends on the order in which they are applied.",
    remedy: "Pass the manifests of one environment at a time.",
  },
  EDGE_RBAC_PREVIEW_FORMAT: {
    message: "{file} is not the output of 'pulumi preview --json': {problem}",
    cause: "The digest that Pulumi prints with --json has a list 'steps' of operations with their old and new state.",
    remedy:
      "Make it with: pulumi preview --json --show-sames > preview.json (without PULUMI_ENABLE_STREAMING_JSON_PREVIEW).",
  },
  EDGE_RBAC_PREVIEW_WITHOUT_SAMES: {
    message: "{file} leaves out {missing} unchanged resource(s)",
    cause: "A changed Role matters through its bindings; without the unchanged ones effective access is unknown.",
    remedy: "Run: pulumi preview --json --show-sames > preview.json",
  },
  EDGE_RBAC_PREVIEW_FAILED: {
    message: "{file} is of a preview that failed: {problem}",
    cause: "A failed preview lists only the resources that it came to, so what is missing is unknown.",
    remedy: "Make the preview succeed first.",
  },
  EDGE_RBAC_SNAPSHOT_FORMAT: {
    message: "{file} is no RBAC snapshot: {problem}",
    cause: "Snapshots are written by 'edgectl rbac snapshot' and have a version.",
    remedy: "Write the snapshot anew with this version of edgectl.",
  },
  EDGE_RBAC_GIT_REF_UNKNOWN: {
    message: "git does not know the revision '{ref}'",
    cause: "The ref does not exist, or the clone is shallow and does not hold it.",
    remedy: "Fetch it first (git fetch origin), or check the spelling; in pipelines clone with the full history.",
  },
  EDGE_RBAC_GIT_FAILED: {
    message: "git {command} failed: {problem}",
    cause: "The revision is checked out into a scratch worktree to be rendered.",
    remedy: "See git's message; the project must be a git checkout.",
  },
  EDGE_RBAC_PATH_NOT_IN_REVISION: {
    message: "{path} is not in revision '{ref}' of its repository",
    cause: "The file or folder was added later, is not in git, or belongs to another repository.",
    remedy: "Check the path and the revision: git ls-tree -r --name-only {ref}",
  },
  EDGE_RBAC_TOOL_MISSING: {
    message: "{tool} is not on the PATH, and {source} cannot be rendered without it",
    cause: "Charts and kustomizations are rendered by the user's own helm and kustomize.",
    remedy: "Install {tool}, or pass what it prints elsewhere: {instead} | npx edgectl rbac lint manifests:-",
  },
  EDGE_RBAC_TOOL_FAILED: {
    message: "{tool} cannot render {source}: {problem}",
    cause:
      "The chart or kustomization has an error, or asks for what it does not get here: plugins, Helm in kustomize, " +
      "files outside of its folder, dependencies that were not fetched, the network.",
    remedy: "Correct it. {advice}",
  },
  EDGE_RBAC_TOOL_EXCESSIVE: {
    message: "{source} is not rendered: {problem}",
    cause: "Templates and bases can make a small change take all time and memory.",
    remedy: "Make it smaller, or render it where you trust it, and pass the output as manifests.",
  },
  EDGE_RBAC_SOURCE_REMOTE: {
    message: "{file} takes {entry} from the network",
    cause: "A pull request could name any address there, and what is fetched can change without a commit.",
    remedy: "Copy it into the repository, or pass --network where you trust the kustomization and what it names.",
  },
  EDGE_RBAC_SOURCE_ESCAPES: {
    message: "{link} leads out of the folder or repository that is judged",
    cause: "Whoever may write a link could have other files of this machine read, and shown in a report.",
    remedy: "Copy the file into the folder.",
  },
  EDGE_RBAC_CLUSTER_UNREACHABLE: {
    message: "the RBAC objects of context '{context}' cannot be listed: {problem}",
    cause: "The API server did not answer, or did not let this user list Roles and bindings in all namespaces.",
    remedy: "Check '{kubectl} get clusterroles'; listing needs get and list on rbac.authorization.k8s.io.",
  },
  EDGE_RBAC_QUERY_INVALID: {
    message: "{what} '{value}' is not understood",
    cause: "Queries take a subject, a verb and a resource in the spelling of kubectl.",
    remedy: "Write {expected}",
  },
  EDGE_RBAC_OPTION_INVALID: {
    message: "{option}: {problem}",
    cause: "The options of this call do not go together, or one has a value that does not exist.",
    remedy: "{expected}",
  },
  EDGE_RBAC_WAIVERS_INVALID: {
    message: "{file}: {problem}",
    cause: "A waiver needs a rule, a subject, an owner, a reason and an expiry date, so that none outlives its reason.",
    remedy: "See docs/rbac-diff.md, 'Waivers'.",
  },
  EDGE_RBAC_RULES_INVALID: {
    message: "{file} has {count}:\n{problems}",
    cause:
      "A rules file names rules by their ids, and has rules of its own in the form of docs/schemas/rbac-rules.schema.json.",
    remedy: "Correct what is listed; see docs/rbac-diff.md, 'Rules of your own'.",
  },
  EDGE_RBAC_BASELINE_INVALID: {
    message: "{file} is no baseline: {problem}",
    cause: "A baseline is the JSON report of an earlier run.",
    remedy: "Write it with: npx edgectl rbac lint SOURCE --output json > baseline.json",
  },
});
