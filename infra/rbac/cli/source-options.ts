import type { CommandContext } from "../../terminal/index.ts";
import type { BuiltinVersion } from "../builtin/versions.ts";
import type { OpenOptions } from "../source/open.ts";

/** Options of all commands that open a source. */
export interface SourceFlags {
  readonly values?: readonly string[];
  readonly release?: string;
  /** Namespace of objects that name none. */
  readonly namespace?: string;
  readonly network?: boolean;
  readonly kubernetes?: BuiltinVersion;
}

/** What {@link OpenOptions} are by the flags. */
export function sourceOptions(flags: SourceFlags, { projectDirectory, env }: CommandContext): OpenOptions {
  const { values, release, namespace, network, kubernetes } = flags;
  return {
    projectDirectory,
    env,
    ...(values === undefined ? {} : { values }),
    ...(release === undefined ? {} : { release }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(network === undefined ? {} : { network }),
    ...(kubernetes === undefined ? {} : { kubernetes }),
  };
}
