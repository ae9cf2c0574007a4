import { EdgeError, parseJson } from "#base";
import { renderErrors } from "./errors.ts";
import { serve } from "./grpc-server.ts";
import type { RenderedObject } from "./kubernetes-object.ts";
import { compareObjects } from "./order.ts";
import { type ConfigOverrides, loadProject, type StackProject } from "./project.ts";
import { ResourceMonitor } from "./resource-monitor.ts";
import { type RunOptions, runProgram } from "./run-program.ts";
import { engineHandlers, type Log, monitorHandlers } from "./services.ts";
import { type StateStorage, storageOf } from "./state-storage.ts";
import { memoryStateStore, openState, type StateStore } from "./state-store.ts";
import { systemTlsEnvironment, type TlsEnvironment } from "./tls/environment.ts";
import { callbackInvoker, Transforms } from "./transforms.ts";
import { UpdateHooks } from "./update-hooks.ts";
import type { Revealed } from "./values.ts";

export interface RenderOptions {
  /** Where Pulumi.yaml is. */
  readonly projectDirectory: string;
  readonly stack: string;
  /**
   * Makes no keys and writes no state: what only a deployment would make is unknown.
   * @default false
   */
  readonly preview?: boolean;
  /**
   * Where keys and certificates are kept, one file per stack.
   * @default `.edge/state` in the project's directory
   */
  readonly stateDirectory?: string;
  /** Where they are kept instead of a file in `stateDirectory`. */
  readonly storage?: StateStorage | undefined;
  /** Configuration that replaces that of the stack. */
  readonly overrides?: ConfigOverrides;
  /**
   * Whether what earlier deployments have kept is looked at: their keys, and what the program's own checks of changes
   * compare with. Off where somebody else, such as Pulumi, keeps the state that counts.
   * @default true
   */
  readonly keptState?: boolean;
  /** Sees the objects before the keys that were made for them are kept; where it throws, none are. */
  readonly accept?: (objects: readonly RenderedObject[]) => Promise<void>;
  /** What the program logs. Nothing by default. */
  readonly log?: Log;
  /**
   * Whether errors of the program carry stack traces, which doubles the time.
   * @default false
   */
  readonly stackTraces?: boolean;
  readonly tls?: TlsEnvironment;
}

export interface Rendering {
  readonly project: string;
  readonly stack: string;
  /** In the order of installation. */
  readonly objects: readonly RenderedObject[];
  /** What the program returned. */
  readonly outputs: Revealed;
  /**
   * URNs of kept keys and certificates of which the program has no use any more. They stay until `forgetKeys` is
   * called, because what is deployed may still need them.
   */
  readonly unused: readonly string[];
  /** URNs of keys and certificates that nobody has made before. */
  readonly made: readonly string[];
}

/** Renders a stack. Loads gRPC and Pulumi; `renderStack` loads it when it is called. */
export async function render(options: RenderOptions): Promise<Rendering> {
  const preview = options.preview ?? false;
  const project = await loadProject(options.projectDirectory, options.stack, options.overrides);
  const hasState = options.keptState ?? true;
  const state = hasState ? await openState(storageOf({ ...options, stack: project.stack })) : memoryStateStore();
  const monitor = new ResourceMonitor({
    project: project.name,
    stack: project.stack,
    preview,
    disabledDefaultProviders: disabledProviders(project),
    state,
    tls: options.tls ?? systemTlsEnvironment,
  });
  const run = { preview, stackTraces: options.stackTraces ?? false };
  const remembered = hasState ? state : undefined;
  await runAgainst(monitor, project, run, { log: options.log ?? (() => {}), remembered });
  const objects = monitor.objects.toSorted((a, b) => compareObjects(a.object, b.object));
  await options.accept?.(objects);
  const made = state.added;
  if (!preview) await state.save();
  return {
    project: project.name,
    stack: project.stack,
    objects,
    outputs: monitor.stackOutputs,
    unused: monitor.unused,
    made,
  };
}

interface Surroundings {
  readonly log: Log;
  /** What earlier renderings made; undefined: hooks are not asked. */
  readonly remembered: StateStore | undefined;
}

async function runAgainst(
  monitor: ResourceMonitor,
  project: StackProject,
  run: RunOptions,
  { log, remembered }: Surroundings,
): Promise<void> {
  const failures: Error[] = [];
  const callbacks = callbackInvoker();
  const { invoke } = callbacks;
  const hooks = remembered && new UpdateHooks({ invoke, state: remembered, preview: run.preview });
  const services = {
    monitor: monitorHandlers(monitor, new Transforms(invoke), hooks),
    engine: engineHandlers(log),
  };
  const onError = (error: Error) => void failures.push(error);
  const server = await serve(services, onError);
  try {
    await runProgram(project, { address: server.address, services, onError }, run);
  } catch (error) {
    // What failed first says more than what the SDK made of it.
    throw failures.find((failure) => failure instanceof EdgeError) ?? error;
  } finally {
    callbacks.close();
    await server.close();
  }
  const [failure] = failures;
  if (failure !== undefined) {
    throw failure instanceof EdgeError
      ? failure
      : renderErrors.EDGE_RENDER_PROGRAM_FAILED({ stack: project.stack, problem: failure.message }, { cause: failure });
  }
}

function disabledProviders(project: StackProject): readonly string[] {
  const text = project.config.get("pulumi:disable-default-providers");
  if (text === undefined) return [];
  const value = parseJson(text);
  if (Array.isArray(value)) return value.filter((item) => typeof item === "string");
  const problem = "`pulumi:disable-default-providers` is not a list";
  throw renderErrors.EDGE_RENDER_STACK_INVALID({ file: `Pulumi.${project.stack}.yaml`, problem });
}
