import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { EdgeError } from "#base";
import { type Client, callDirectly } from "./direct-calls.ts";
import { renderErrors } from "./errors.ts";
import type { Services } from "./grpc-server.ts";
import type { StackProject } from "./project.ts";

type Program = () => Promise<unknown>;

/** The SDK's runner of inline programs. It is not part of the SDK's types. */
interface LanguageServer {
  run(call: { readonly request: RunRequest }, callback: (error: Error | undefined) => void): Promise<void>;
}
const require = createRequire(import.meta.url);

/** What a program runs against. */
export interface ResourceEngine {
  /** Where both services answer. */
  readonly address: string;
  readonly services: Services;
  /** Called with what a handler threw. */
  readonly onError: (error: Error) => void;
}

export interface RunOptions {
  readonly preview: boolean;
  /**
   * Whether errors carry stack traces. The SDK takes one for each of its promises, which doubles the time.
   */
  readonly stackTraces: boolean;
}

/**
 * Runs the project's program in this process against the engine, and resolves when all that it registers
 * is done.
 *
 * @throws the `EdgeError` that the program threw, or EDGE_RENDER_PROGRAM_FAILED
 */
export async function runProgram(project: StackProject, engine: ResourceEngine, options: RunOptions): Promise<void> {
  const { LanguageServer } = require("@pulumi/pulumi/automation/server.js") as {
    LanguageServer: new (program: Program) => LanguageServer;
  };
  const clients: Client[] = [];
  const coded: EdgeError[] = [];
  const note = (error: unknown) => {
    // A program may wrap its error into one that the Pulumi CLI shows without a stack trace.
    const reason = error instanceof Error && error.cause instanceof EdgeError ? error.cause : error;
    if (reason instanceof EdgeError) coded.push(reason);
  };
  const program = async () => {
    clients.push(...openClients(engine));
    await openCallbacks();
    const main = await loadProgram(project);
    return main();
  };
  // Errors in `apply` reach nobody but the process; the SDK keeps their messages only.
  process.on("unhandledRejection", note);
  const { stackTraceLimit } = Error;
  if (!options.stackTraces) Error.stackTraceLimit = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      const server = new LanguageServer(program);
      server
        .run({ request: runRequest(project, engine.address, options.preview) }, (error) =>
          error ? reject(error) : resolve(),
        )
        .catch(reject);
    });
  } catch (error) {
    note(error);
    // Of a program that fails, promises of the SDK stay rejected. Node tells of them once nothing is queued any more, and
    // ends the process where nobody listens.
    await setImmediate();
    const [first] = coded;
    if (first !== undefined) throw first;
    const problem = (error as Error).message;
    throw renderErrors.EDGE_RENDER_PROGRAM_FAILED({ stack: project.stack, problem }, { cause: error });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    process.off("unhandledRejection", note);
    for (const client of clients) client.close();
  }
}

/** The clients of this run. The SDK leaves them open when it runs a program inline. */
function openClients({ services, onError }: ResourceEngine): readonly Client[] {
  const settings = require("@pulumi/pulumi/runtime/settings.js") as { getMonitor(): Client; getEngine(): Client };
  const clients = { monitor: settings.getMonitor(), engine: settings.getEngine() };
  callDirectly(clients, services, onError);
  return [clients.monitor, clients.engine];
}

/**
 * Waits for the SDK's server of hooks and transforms. Of a program that fails while that server starts, the SDK leaves a
 * rejection that nobody handles, and that ends the process.
 */
async function openCallbacks(): Promise<void> {
  const settings = require("@pulumi/pulumi/runtime/settings.js") as {
    getCallbacks(): { readonly _target: Promise<string> } | undefined;
  };
  await settings.getCallbacks()?._target;
}

async function loadProgram(project: StackProject): Promise<Program> {
  const failed = (problem: string, options?: ErrorOptions) =>
    renderErrors.EDGE_RENDER_PROGRAM_MISSING({ file: project.program, problem }, options);
  const module: { default?: unknown } = await import(pathToFileURL(project.program).href).catch((cause: Error) => {
    const absent = /^Cannot find package '((?:@[^/']+\/)?[^/']+)/.exec(cause.message)?.[1];
    if (absent !== undefined) {
      throw renderErrors.EDGE_RENDER_PACKAGE_MISSING({ file: project.program, package: absent }, { cause });
    }
    throw failed(cause.message.split("\n")[0] ?? "", { cause });
  });
  if (typeof module.default !== "function") throw failed("it has no default export that is a function");
  return module.default as Program;
}

function runRequest(project: StackProject, address: string, preview: boolean): RunRequest {
  const request = new language.RunRequest();
  request.setProject(project.name);
  request.setStack(project.stack);
  request.setOrganization("organization");
  request.setParallel(64);
  request.setMonitorAddress(address);
  request.addArgs(address);
  request.setDryrun(preview);
  for (const [key, value] of project.config) request.getConfigMap().set(key, value);
  return request;
}
