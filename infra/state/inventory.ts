import Type, { type Static, type TSchema } from "typebox";
import { EdgeError } from "#base";
import { listStacks, stackFileOf, storageOf } from "../render/index.ts";
import { findIdentities, recipientsOf } from "./identities.ts";
import { keptKeys } from "./kept-keys.ts";
import { openSharedState, ownStacks, type SharedState, shown } from "./shared-state.ts";

const closed = { additionalProperties: false } as const;
const list = <Item extends TSchema>(item: Item, description: string) => Type.Array(item, { description });

const RecipientSchema = Type.Object({ name: Type.Optional(Type.String()), key: Type.String() }, closed);
const ProblemSchema = Type.Object(
  {
    id: Type.Enum(["state-unreadable", "state-not-rekeyed", "state-not-moved"]),
    severity: Type.Enum(["error", "warning"]),
    message: Type.String(),
    evidence: Type.String(),
    fix: Type.String(),
  },
  closed,
);
const StackSchema = Type.Object(
  {
    stack: Type.String(),
    place: Type.String({ description: "Where its state is kept." }),
    readable: Type.Boolean({ description: "Whether the keys of this machine open it." }),
    recipients: list(Type.String(), "For whom it is encrypted; empty where that is not known, or it is not encrypted."),
    keys: list(
      Type.Object({ name: Type.String(), sha256: Type.String() }, closed),
      "Private keys, by their public halves.",
    ),
    certificates: list(Type.Object({ name: Type.String(), ends: Type.String() }, closed), "CAs."),
  },
  closed,
);

/** What `edgectl state show --json` prints. */
export const StateSchema = Type.Object(
  {
    shared: Type.Boolean({ description: "Whether others have this state, too." }),
    place: Type.String({ description: "Where the state is kept." }),
    recipients: list(RecipientSchema, "Who shall be able to open it."),
    identity: Type.Object(
      {
        source: Type.String({ description: "Where the keys of this machine are, or would be." }),
        recipients: list(Type.String(), "Their public halves."),
      },
      closed,
    ),
    stacks: list(StackSchema, "The stacks that have a state."),
    problems: list(ProblemSchema, "What is to be done."),
  },
  { ...closed, $schema: "https://json-schema.org/draft/2020-12/schema", title: "edgectl state show" },
);
/** Where the state is kept, for whom, and what it has; without what is secret of it. */
export type StateInventory = Static<typeof StateSchema>;
type StackState = Static<typeof StackSchema>;
type StateProblem = Static<typeof ProblemSchema>;

interface Taken {
  readonly stack?: StackState;
  readonly problems: readonly StateProblem[];
}

/**
 * @param only of this stack
 * @throws EDGE_STATE_SETTINGS, EDGE_STATE_IDENTITY, EDGE_RENDER_STACK_MISSING, and what reaching a cluster throws
 */
export async function takeInventory(
  projectDirectory: string,
  env: NodeJS.ProcessEnv,
  only?: string,
): Promise<StateInventory> {
  const identities = await findIdentities(env);
  const shared = await openSharedState(projectDirectory, env);
  const own = (await ownStacks(projectDirectory)).filter((stack) => only === undefined || stack === only);
  // The state of one that is no more may still be here.
  if (only !== undefined && own.length === 0) await stackFileOf(projectDirectory, only);
  const stacks = (await listStacks(projectDirectory)).filter((stack) => only === undefined || stack === only);
  const taken: Taken[] = [];
  if (shared === undefined)
    for (const stack of own) taken.push({ stack: await ownState(projectDirectory, stack), problems: [] });
  else {
    for (const stack of stacks) taken.push(await sharedState(shared, stack));
    for (const stack of own) taken.push({ problems: [notMoved(projectDirectory, stack)] });
  }
  return {
    shared: shared !== undefined,
    place: shared?.place ?? ".edge/state",
    recipients: [...(shared?.settings.recipients ?? [])],
    identity: { source: identities.source, recipients: [...(await recipientsOf(identities))] },
    stacks: taken.flatMap(({ stack }) => (stack === undefined ? [] : [stack])),
    problems: taken.flatMap(({ problems }) => problems),
  };
}

async function ownState(projectDirectory: string, stack: string): Promise<StackState> {
  const storage = storageOf({ projectDirectory, stack });
  const stored = await storage.read();
  const { keys, certificates } = await keptKeys(stored?.text ?? '{"version":1,"resources":{}}', storage.place);
  return {
    stack,
    place: shown(storage.place),
    readable: true,
    recipients: [],
    keys: [...keys],
    certificates: [...certificates],
  };
}

async function sharedState(shared: SharedState, stack: string): Promise<Taken> {
  const storage = shared.storage(stack);
  const { place } = storage;
  try {
    const stored = await storage.read();
    const recipients = await storage.recipients();
    if (stored === undefined || recipients === undefined) return { problems: [] };
    const { keys, certificates } = await keptKeys(stored.text, place);
    return {
      stack: {
        stack,
        place,
        readable: true,
        recipients: [...recipients],
        keys: [...keys],
        certificates: [...certificates],
      },
      problems: isFor(recipients, shared) ? [] : [notRekeyed(place)],
    };
  } catch (error) {
    if (!(error instanceof EdgeError) || !error.code.startsWith("EDGE_STATE_") || error.code === "EDGE_STATE_ELSEWHERE")
      throw error;
    return {
      stack: { stack, place, readable: false, recipients: [], keys: [], certificates: [] },
      problems: [
        {
          id: "state-unreadable",
          severity: "error",
          message: `stack ${stack} cannot be deployed from here`,
          evidence: `${error.code}: ${error.message}`,
          fix: error.remedy,
        },
      ],
    };
  }
}

function isFor(recipients: readonly string[], { settings }: SharedState): boolean {
  return (
    settings.recipients
      .map(({ key }) => key)
      .sort()
      .join() === [...recipients].sort().join()
  );
}

function notRekeyed(place: string): StateProblem {
  return {
    id: "state-not-rekeyed",
    severity: "warning",
    message: `${place} is encrypted for others than the settings say`,
    evidence: "the recipients in it and in the settings differ",
    fix: "npx edgectl state rekey",
  };
}

function notMoved(projectDirectory: string, stack: string): StateProblem {
  const { place } = storageOf({ projectDirectory, stack });
  return {
    id: "state-not-moved",
    severity: "warning",
    message: `keys of stack ${stack} are on this machine in plain text`,
    evidence: shown(place),
    fix: "npx edgectl state init",
  };
}
