import { Command } from "commander";
import { rbacErrors } from "#errors";
import { indexState, type RbacState } from "../model/state.ts";
import { describeSubject, parseSubject } from "../model/subject.ts";
import { explain } from "../query/explain.ts";
import { parseRequest } from "../query/parse-request.ts";
import { whoCan } from "../query/who-can.ts";
import { openSource } from "../source/open.ts";
import { sourcesHelp } from "./diff.ts";
import type { RbacIo } from "./io.ts";

interface QueryFlags {
  readonly source: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly json?: boolean;
}

/** `edgectl rbac who-can VERB RESOURCE`. */
export function whoCanCommand(io: RbacIo): Command {
  return addQueryOptions(new Command("who-can"))
    .description("who may do something, and by which binding")
    .argument("<verb>", "get, list, create, ...")
    .argument("<resource>", "secrets, deployments.apps, pods/exec, or a path such as /metrics")
    .action(async (verb: string, resource: string, flags: QueryFlags) => {
      const request = parseRequest(verb, resource, flags);
      const answers = (await states(flags, io)).map((state) => ({
        cluster: state.cluster,
        holders: whoCan(state, request),
        unresolved: state.unresolved.map(({ object, path, detail }) => `${object} ${path} ${detail}`),
      }));
      const lines = answers.flatMap(({ cluster, holders, unresolved }) => [
        ...(answers.length > 1 ? [`cluster ${cluster}`] : []),
        ...holders.map(({ subject, via }) => `${subject}  ${via}`),
        ...unresolved.map((one) => `unresolved: ${one}`),
      ]);
      io.print(flags.json ? `${JSON.stringify(answers, null, 2)}\n` : `${lines.join("\n")}\n`);
    });
}

/** `edgectl rbac explain SUBJECT VERB RESOURCE`. Exit code 2 when it is not allowed. */
export function explainCommand(io: RbacIo): Command {
  return addQueryOptions(new Command("explain"))
    .description("why a subject may do something, or what is missing for it")
    .argument("<subject>", "sa:NAMESPACE/NAME, user:NAME or group:NAME")
    .argument("<verb>", "get, list, create, ...")
    .argument("<resource>", "secrets, deployments.apps, pods/exec, or a path such as /metrics")
    .action(async (who: string, verb: string, resource: string, flags: QueryFlags) => {
      const subject = parseSubject(who);
      if (subject === undefined) {
        const expected = "sa:NAMESPACE/NAME, user:NAME or group:NAME";
        throw rbacErrors.EDGE_RBAC_QUERY_INVALID({ what: "subject", value: who, expected });
      }
      const request = parseRequest(verb, resource, flags);
      const answers = (await states(flags, io)).map((state) => ({
        cluster: state.cluster,
        ...explain(state, subject, request),
      }));
      const lines = answers.flatMap(({ cluster, allowed, chains, nearMisses, unresolved }) => [
        `${allowed ? "yes" : "no"}: ${describeSubject(subject)} ${verb} ${resource}${answers.length > 1 ? ` in cluster ${cluster}` : ""}`,
        ...chains.map((chain) => `  by ${chain}`),
        ...nearMisses.map((miss) => `  near: ${miss}`),
        ...unresolved.map((one) => `  unresolved: ${one}`),
      ]);
      io.print(flags.json ? `${JSON.stringify(answers, null, 2)}\n` : `${lines.join("\n")}\n`);
      io.setExitCode(answers.every(({ allowed }) => allowed) ? 0 : 2);
    });
}

function addQueryOptions(command: Command): Command {
  return command
    .requiredOption("-s, --source <source>", "what to ask")
    .option("-n, --namespace <namespace>", "namespace of the request (default: all namespaces, or the cluster)")
    .option("--name <name>", "name of the object in the request")
    .option("--json", "print JSON")
    .addHelpText("after", sourcesHelp);
}

async function states({ source }: QueryFlags, io: RbacIo): Promise<RbacState[]> {
  return (await openSource(source, io)).clusters.map((objects) => indexState(objects));
}
