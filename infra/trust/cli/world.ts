import { deployObjects, type Engine, resolveTarget, type Target } from "../../deploy/index.ts";
import { type Cluster, connect } from "../../kubernetes/index.ts";
import type { CommandContext } from "../../terminal/index.ts";
import { forcedStepEvent } from "../forced-step-event.ts";
import { observeTrust } from "../observe.ts";
import type { RotationWorld } from "../rotation.ts";
import { type OpenStack, openStack } from "./stack.ts";

export interface RunFlags {
  readonly installation?: readonly string[];
  readonly context?: string;
  readonly kubeconfig?: string | undefined;
  readonly engine?: Engine;
  /** Seconds. */
  readonly timeout: number;
  readonly reason?: string;
}

/** One stack to work on, with its cluster. */
export interface StackWorld {
  readonly world: RotationWorld;
  readonly open: OpenStack;
  readonly cluster: Cluster;
  readonly target: Target;
  /** Namespaces of the installations that are meant. */
  readonly namespaces: readonly string[];
}

/** Makes sure, before each change, that nobody else changes the cluster. It throws where somebody does. */
export type Hold = () => Promise<void>;

export async function stackWorld(
  stack: string,
  flags: RunFlags,
  context: CommandContext,
  hold: Hold = async () => {},
): Promise<StackWorld> {
  const open = await openStack(context.projectDirectory, stack);
  const target = await resolveTarget(context.projectDirectory, { ...flags, stack });
  const cluster = await connect(target);
  const namespaces = flags.installation ?? [...open.file.installations.keys()];
  return { world: worldOf({ stack, flags, context, open, cluster, target, hold }), open, cluster, target, namespaces };
}

function worldOf(options: {
  readonly stack: string;
  readonly flags: RunFlags;
  readonly context: CommandContext;
  readonly open: OpenStack;
  readonly cluster: Cluster;
  readonly target: Target;
  readonly hold: Hold;
}): RotationWorld {
  const { stack, flags, context, open, cluster, target, hold } = options;
  const { engine, timeout } = flags;
  return {
    declared: async () => (await open.reread()).installations,
    observe: (namespace) => observeTrust(cluster, namespace),
    edit: async (changes) => {
      await hold();
      await open.write((await open.reread()).withChanges(changes));
    },
    // A module that does not run is no reason to stop: what a rotation waits for, it looks at itself.
    deploy: async () => {
      await hold();
      await deployObjects(context, { stack, target, engine, timeout });
    },
    recordForced: async (namespace, step, blockers) => {
      const event = forcedStepEvent({ namespace, step, blockers, reason: flags.reason ?? "", now: Date.now() });
      await cluster.apply(event);
    },
    tell: (line) => context.progress.note(line),
  };
}
