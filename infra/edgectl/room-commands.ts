import { type Command, Help } from "commander";
import type { Run } from "../terminal/index.ts";

/** What a capability brings to the command line. */
interface RoomCommands {
  /** As help lists them: name, options and arguments, and what each does. */
  readonly commands: readonly (readonly [term: string, description: string])[];
  /** Loads the room, and adds its commands. */
  add(program: Command, run: Run): Promise<void>;
}

const rooms: readonly RoomCommands[] = [
  {
    commands: [["check [options]", "say what is wrong, link by link, before a deployment and after it"]],
    add: async (program, run) => (await import("../check/index.ts")).addCheck(program, run),
  },
  {
    commands: [
      ["logs [options] <module>", "print the log of a module's newest pod"],
      ["restart [options] <module>", "end a module's pods, so that new ones start"],
      ["tree [options]", "show installations down to their pods, accounts, Secrets and ConfigMaps"],
      ["events [options]", "show what the cluster tells of installations, the oldest first"],
    ],
    add: async (program, run) => (await import("../modules/index.ts")).addModules(program, run),
  },
  {
    commands: [
      [
        "console [options]",
        "show installations, logs, permissions, trust and rollouts in a browser on this machine; changes nothing",
      ],
    ],
    add: async (program, run) => {
      const loadTrust = async () => (await import("../trust/index.ts")).readTrust;
      (await import("../console/index.ts")).addConsole(program, run, loadTrust);
    },
  },
  {
    commands: [
      [
        "support-bundle [options]",
        "put logs, Events and redacted objects of an installation into a zip file, for who is to help",
      ],
    ],
    add: async (program, run) => (await import("../support-bundle/index.ts")).addSupportBundle(program, run),
  },
  {
    commands: [
      [
        "migrate [options]",
        "make a stack of a device's config.toml, of the preview's Helm values, of a deployment manifest",
      ],
    ],
    add: async (program, run) => (await import("../migration/index.ts")).addMigrate(program, run),
  },
  group("manifest", "deployment manifests: judge them before they are deployed", async () => {
    return (await import("../manifest-check/index.ts")).addManifest;
  }),
  group("provisioning", "IoT Hub: try a device's credential before anything is deployed", async () => {
    return (await import("../provisioning/index.ts")).addProvisioning;
  }),
  group("rbac", "who may do what: compare, judge and query permissions", async () => {
    return (await import("../rbac/index.ts")).addRbac;
  }),
  group("rollout", "deploy to many clusters in waves, with gates and a way back", async () => {
    return (await import("../rollout/index.ts")).addRollout;
  }),
  group(
    "state",
    "keys of deployments without Pulumi, where a team has them: encrypted, shared, backed up",
    async () => {
      return (await import("../state/index.ts")).addState;
    },
  ),
  group("trust", "CAs and trust bundles: status, rotation, revocation", async () => {
    return (await import("../trust/index.ts")).addTrust;
  }),
];

/** A command that has nothing but subcommands. */
function group(
  name: string,
  description: string,
  load: () => Promise<(command: Command, run: Run) => void>,
): RoomCommands {
  const add = async (program: Command, run: Run) => (await load())(program.command(name).description(description), run);
  return { commands: [[name, description]], add };
}

/**
 * Adds the commands of the other rooms. A room is loaded only where the command line has the name of one of its commands;
 * else its commands are there for help alone, so that help does not wait for everything that edgectl can do.
 */
export async function addRoomCommands(program: Command, run: Run, args: readonly string[]): Promise<void> {
  const terms = new Map<Command, string>();
  const help = new Help();
  program.configureHelp({
    ...program.configureHelp(),
    subcommandTerm: (command) => terms.get(command) ?? help.subcommandTerm(command),
  });
  for (const { commands, add } of rooms) {
    const named = commands.map(([term, description]) => ({ name: term.split(" ", 1)[0] ?? term, term, description }));
    if (named.some(({ name }) => args.includes(name))) await add(program, run);
    else
      for (const { name, term, description } of named) terms.set(program.command(name).description(description), term);
  }
}
