import { type CommandContext, cleanLine, type ExitCode } from "../../terminal/index.ts";
import { builtinObjects } from "../builtin/builtin-objects.ts";
import type { BuiltinVersion } from "../builtin/versions.ts";
import { rbacErrors } from "../errors.ts";
import { indexState, type RbacState } from "../model/state.ts";
import { describeSubject, parseSubject } from "../model/subject.ts";
import { explain } from "../query/explain.ts";
import { parseRequest } from "../query/parse-request.ts";
import { whoCan } from "../query/who-can.ts";
import { openSource } from "../source/open.ts";

export interface QueryFlags {
  readonly source: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly json?: boolean;
  readonly kubernetes?: BuiltinVersion;
}

/** `edgectl rbac who-can` */
export async function whoCanCommand(
  verb: string,
  resource: string,
  flags: QueryFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const request = parseRequest(verb, resource, flags);
  const answers = (await states(flags, context)).map((state) => ({
    cluster: state.cluster,
    holders: whoCan(state, request),
    unresolved: state.unresolved.map(({ object, path, detail }) => `${object} ${path} ${detail}`),
  }));
  const lines = answers.flatMap(({ cluster, holders, unresolved }) => [
    ...(answers.length > 1 ? [`cluster ${cluster}`] : []),
    ...holders.map(({ subject, via }) => `${subject}  ${via}`),
    ...unresolved.map((one) => `unresolved: ${one}`),
  ]);
  await show(flags, answers, lines, context);
  return 0;
}

/** `edgectl rbac explain`: ends with 2 when it is not allowed. */
export async function explainCommand(
  who: string,
  verb: string,
  resource: string,
  flags: QueryFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const subject = parseSubject(who);
  if (subject === undefined) {
    const expected = "sa:NAMESPACE/NAME, user:NAME or group:NAME";
    throw rbacErrors.EDGE_RBAC_QUERY_INVALID({ what: "subject", value: who, expected });
  }
  const request = parseRequest(verb, resource, flags);
  const answers = (await states(flags, context)).map((state) => ({
    cluster: state.cluster,
    ...explain(state, subject, request),
  }));
  const question = `${describeSubject(subject)} ${verb} ${resource}`;
  const lines = answers.flatMap(({ cluster, allowed, chains, nearMisses, unresolved }) => [
    `${allowed ? "yes" : "no"}: ${question}${answers.length > 1 ? ` in cluster ${cluster}` : ""}`,
    ...chains.map((chain) => `  by ${chain}`),
    ...nearMisses.map((miss) => `  near: ${miss}`),
    ...unresolved.map((one) => `  unresolved: ${one}`),
  ]);
  await show(flags, answers, lines, context);
  return answers.every(({ allowed }) => allowed) ? 0 : 2;
}

async function show(flags: QueryFlags, answers: object, lines: readonly string[], context: CommandContext) {
  const text = lines.map(cleanLine).join("\n");
  if (flags.json === true) await context.output.json(answers);
  else await context.output.write(`${text}\n`);
}

async function states({ source, kubernetes }: QueryFlags, context: CommandContext): Promise<RbacState[]> {
  const { clusters } = await openSource(source, context);
  return clusters.map((objects) => indexState(objects, builtinObjects(kubernetes)));
}
