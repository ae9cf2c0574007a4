import { type CommandContext, cleanLine, type ExitCode } from "../../terminal/index.ts";
import { builtinObjects } from "../builtin/builtin-objects.ts";
import { rbacErrors } from "../errors.ts";
import { indexState, type RbacState } from "../model/state.ts";
import { describeSubject, parseSubject } from "../model/subject.ts";
import { type ApiResource, builtinResources, resourcesNamed } from "../query/api-resources.ts";
import { type Explanation, explain, explainEverywhere, type NamespacedExplanation } from "../query/explain.ts";
import { type ParsedRequest, parseRequest } from "../query/parse-request.ts";
import { whoCan, whoCanEverywhere } from "../query/who-can.ts";
import { openSource } from "../source/open.ts";
import { type SourceFlags, sourceOptions } from "./source-options.ts";

export interface QueryFlags extends Omit<SourceFlags, "namespace"> {
  readonly source: string;
  /** Of the request. */
  readonly namespace?: string;
  readonly sourceNamespace?: string;
  readonly allNamespaces?: boolean;
  readonly name?: string;
  readonly json?: boolean;
  /** Whose API resources count. */
  readonly context?: string;
}

export interface ExplainFlags extends QueryFlags {
  readonly asGroup?: readonly string[];
}

/** `edgectl rbac who-can` */
export async function whoCanCommand(
  verb: string,
  resource: string,
  flags: QueryFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const all = await states(flags, context);
  const { request, namespaced } = await requestOf(verb, resource, all, flags, context);
  const ask = flags.allNamespaces === true && namespaced ? whoCanEverywhere : whoCan;
  const answers = all.map((state) => ({
    cluster: state.cluster,
    holders: ask(state, request),
    unresolved: state.unresolved.map(({ object, path, detail }) => `${object} ${path} ${detail}`),
  }));
  const lines = answers.flatMap(({ cluster, holders, unresolved }) => [
    ...(answers.length > 1 ? [`cluster ${cluster}`] : []),
    ...holders.map(
      ({ subject, via, namespace }) => `${subject}  ${via}${namespace === undefined ? "" : `  in ${namespace}`}`,
    ),
    ...unresolved.map((one) => `unresolved: ${one}`),
  ]);
  await show(flags, answers, lines, context);
  return 0;
}

/** `edgectl rbac explain`: ends with 2 when it is not allowed, in any namespace where all are asked about. */
export async function explainCommand(
  who: string,
  verb: string,
  resource: string,
  flags: ExplainFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const subject = parseSubject(who);
  if (subject === undefined) {
    const expected = "sa:NAMESPACE/NAME, user:NAME or group:NAME";
    throw rbacErrors.EDGE_RBAC_QUERY_INVALID({ what: "subject", value: who, expected });
  }
  const all = await states(flags, context);
  const { request, namespaced } = await requestOf(verb, resource, all, flags, context);
  const { asGroup = [] } = flags;
  const allNamespaces = flags.allNamespaces === true && namespaced;
  const answers = all.map((state): { readonly cluster: string } & (Explanation | NamespacedExplanation) => ({
    cluster: state.cluster,
    ...(allNamespaces
      ? explainEverywhere(state, subject, request, asGroup)
      : explain(state, subject, request, asGroup)),
  }));
  const groups = asGroup.length === 0 ? "" : ` (as ${asGroup.map((group) => `Group ${group}`).join(", ")})`;
  const question = `${describeSubject(subject)}${groups} ${verb} ${resource}`;
  const lines = answers.flatMap((answer) => {
    const cluster = answers.length > 1 ? ` in cluster ${answer.cluster}` : "";
    const namespaces = "namespaces" in answer ? answer.namespaces : [];
    const place = allNamespaces ? placeOf(answer.allowed, namespaces) : "";
    return [
      `${answer.allowed ? "yes" : "no"}: ${question}${place}${cluster}`,
      ...answer.chains.map((chain) => `  by ${chain}`),
      ...namespaces.flatMap(({ namespace, chains }) => chains.map((chain) => `  in ${namespace} by ${chain}`)),
      ...answer.nearMisses.map((miss) => `  near: ${miss}`),
      ...answer.unresolved.map((one) => `  unresolved: ${one}`),
    ];
  });
  await show(flags, answers, lines, context);
  return answers.every(({ allowed }) => allowed) ? 0 : 2;
}

function placeOf(allowed: boolean, namespaces: NamespacedExplanation["namespaces"]): string {
  if (!allowed) return " in no namespace";
  return namespaces.length === 0 ? " everywhere" : ` in ${namespaces.map(({ namespace }) => namespace).join(", ")}`;
}

/** Tells on standard error how the request was understood, where that is not plain. */
async function requestOf(
  verb: string,
  resource: string,
  states: readonly RbacState[],
  flags: QueryFlags,
  context: CommandContext,
): Promise<ParsedRequest> {
  const { namespace, name, allNamespaces = false } = flags;
  if (allNamespaces && namespace !== undefined) {
    const problem = "--namespace names one namespace";
    const expected = "Leave out one of --namespace and --all-namespaces.";
    throw rbacErrors.EDGE_RBAC_OPTION_INVALID({ option: "--all-namespaces", problem, expected });
  }
  const parsed = parseRequest(verb, resource, {
    states,
    discovered: await discover(resource, flags, context),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  });
  for (const warning of parsed.warnings) context.progress.note(`note: ${warning}`);
  return parsed;
}

/** Asks a cluster about what is no resource of Kubernetes itself: the one that is named, or that of the source. */
async function discover(
  resource: string,
  { context: named, source }: QueryFlags,
  { env, progress }: CommandContext,
): Promise<readonly ApiResource[]> {
  const context = named ?? /^context:(.+)$/.exec(source)?.[1];
  const isKnown = resourcesNamed(resource.split(/[./]/)[0] ?? "", builtinResources).length > 0;
  if (context === undefined || resource.startsWith("/") || (named === undefined && isKnown)) return [];
  const { loadKubeConfig } = await import("../../kubernetes/index.ts");
  const { discoverResources } = await import("../query/discover-resources.ts");
  const { resources, failed } = await discoverResources(await loadKubeConfig({ context }, env));
  if (failed.length > 0) progress.note(`note: ${context} does not tell what it serves in ${failed.join(", ")}`);
  return resources;
}

async function show(flags: QueryFlags, answers: object, lines: readonly string[], context: CommandContext) {
  const text = lines.map(cleanLine).join("\n");
  if (flags.json === true) await context.output.json(answers);
  else await context.output.write(`${text}\n`);
}

async function states(flags: QueryFlags, context: CommandContext): Promise<RbacState[]> {
  const { sourceNamespace, namespace: _, ...rest } = flags;
  const named = sourceNamespace === undefined ? rest : { ...rest, namespace: sourceNamespace };
  const { clusters } = await openSource(flags.source, sourceOptions(named, context));
  return clusters.map((objects) => indexState(objects, builtinObjects(flags.kubernetes)));
}
