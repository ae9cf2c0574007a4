import { type Command, Option } from "commander";
import type { Run } from "../../terminal/index.ts";
import { builtinVersions, defaultBuiltinVersion } from "../builtin/versions.ts";
import { rbacErrors } from "../errors.ts";
import { formats } from "../output/formats.ts";
import { severities } from "../risk/severity.ts";
import type { DiffFlags } from "./diff.ts";
import type { LintFlags } from "./lint.ts";
import type { ExplainFlags, QueryFlags } from "./query.ts";
import type { SnapshotFlags } from "./snapshot.ts";

const sourcesHelp = `
Sources: manifests:PATH (or just the path; - is standard input), helm:CHART, kustomize:PATH, stack:NAME, each also with
@REVISION of git; preview:FILE, context:NAME, snapshot:FILE, empty:`;
const sourceNamespaceHelp = "namespace of manifests, charts and kustomizations for objects that name none";
const exitCodesHelp = "\nExit codes: 0 nothing, 1 error, 2 changes or findings, 3 at or over --fail-on";

/** Values of an option that may be given several times. */
const collect = (value: string, known: readonly string[] = []) => [...known, value];

/** Adds the commands below `edgectl rbac`: diffs, lint and queries of permissions, on plans, manifests and clusters. */
export function addRbac(rbac: Command, run: Run): void {
  addDiff(rbac, run);
  addLint(rbac, run);
  addWhoCan(rbac, run);
  addExplain(rbac, run);
  addSnapshot(rbac, run);
  failWithOne(rbac, "edgectl rbac");
  for (const command of rbac.commands) failWithOne(command, `edgectl rbac ${command.name()}`);
}

function addDiff(rbac: Command, run: Run): void {
  const command = rbac
    .command("diff")
    .description("who gains and who loses which permission between two sources")
    .option("--base <source>", "what is there now: a source, or with --stack a git revision")
    .option("--head <source>", "what shall be: a source, or with --stack a git revision; default: the working tree")
    .option("--stack <name>", "compare two revisions of this stack of the project")
    .option("--preview <file>", "compare both sides of 'pulumi preview --json --show-sames'; - reads standard input");
  withReport(command).action((flags: DiffFlags) =>
    run(async (context) => (await import("./diff.ts")).diffCommand(flags, context)),
  );
}

function addLint(rbac: Command, run: Run): void {
  const command = rbac.command("lint <source>").description("what is risky about the permissions of one source");
  withReport(command).action((source: string, flags: LintFlags) =>
    run(async (context) => (await import("./lint.ts")).lintCommand(source, flags, context)),
  );
}

function addWhoCan(rbac: Command, run: Run): void {
  const command = rbac.command("who-can <verb> <resource>").description("who may do something, and by which binding");
  withRequest(command).action((verb: string, resource: string, flags: QueryFlags) =>
    run(async (context) => (await import("./query.ts")).whoCanCommand(verb, resource, flags, context)),
  );
}

function addExplain(rbac: Command, run: Run): void {
  const command = rbac
    .command("explain <subject> <verb> <resource>")
    .description("why a subject may do something, or what is missing for it; ends with 2 when it may not");
  withRequest(command)
    .option("--as-group <group>", "group that the subject is in besides; may be given several times", collect)
    .addHelpText("after", "Subjects: sa:NAMESPACE/NAME, user:NAME, group:NAME")
    .action((subject: string, verb: string, resource: string, flags: ExplainFlags) =>
      run(async (context) => (await import("./query.ts")).explainCommand(subject, verb, resource, flags, context)),
    );
}

function addSnapshot(rbac: Command, run: Run): void {
  const command = rbac
    .command("snapshot <source>")
    .description("save the RBAC objects of a source, to be compared with later");
  withSource(command)
    .option("--namespace <namespace>", sourceNamespaceHelp)
    .option("--output-file <file>", "write to this file instead of standard output")
    .addHelpText("after", sourcesHelp)
    .action((source: string, flags: SnapshotFlags) =>
      run(async (context) => (await import("./snapshot.ts")).snapshotCommand(source, flags, context)),
    );
}

function withReport(command: Command): Command {
  return withSource(withKubernetes(command))
    .option("--namespace <namespace>", sourceNamespaceHelp)
    .addOption(new Option("-o, --output <format>", "how to print it").choices(formats).default("table"))
    .option("--output-file <file>", "write to this file instead of standard output")
    .option("--report <format=file...>", "write this output as well; may be given several times")
    .addOption(new Option("--fail-on <severity>", "end with 3 from this severity on").choices(severities))
    .option("--baseline <file>", "JSON report of an earlier run, whose findings do not count")
    .option("--waivers <file>", "YAML list of findings that somebody answers for until a date")
    .option("--rules <file>", "YAML file that switches rules off, weighs them otherwise, and adds rules of your own")
    .option("--marker <name>", "name in the hidden marker of Markdown, by which a comment is found again")
    .option("--details <url>", "where the whole report is to be found, for what a comment and a picture leave out")
    .addHelpText("after", `${sourcesHelp}\n${exitCodesHelp}`);
}

function withRequest(command: Command): Command {
  return withSource(withKubernetes(command))
    .requiredOption("-s, --source <source>", "what to ask")
    .option("--source-namespace <namespace>", sourceNamespaceHelp)
    .option("-n, --namespace <namespace>", "namespace of the request; default: the cluster, or all namespaces at once")
    .option("-A, --all-namespaces", "answer for every namespace on its own")
    .option("--context <name>", "cluster that tells the API groups of resources; default: that of the source")
    .option("--name <name>", "name of the object in the request")
    .option("--json", "print JSON")
    .addHelpText("after", sourcesHelp);
}

function withSource(command: Command): Command {
  return command
    .option("-f, --values <file>", "values of a Helm chart; may be given several times", collect)
    .option("--release <name>", "name under which a Helm chart is installed; default: release-name")
    .option("--network", "let a kustomization take bases from the network, which means to trust it");
}

function withKubernetes(command: Command): Command {
  const option = new Option("--kubernetes <version>", "whose built-in roles count, where the source is no cluster");
  return command.addOption(option.choices(builtinVersions).default(defaultBuiltinVersion));
}

/** Other commands end with 2 on wrong usage; here 2 says "changes". */
function failWithOne(command: Command, name: string): void {
  command.configureOutput({ outputError: () => {} }).exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    const problem = error.message.replace(/^error: /, "");
    throw rbacErrors.EDGE_RBAC_OPTION_INVALID({ option: name, problem, expected: `See: ${name} --help` });
  });
}
