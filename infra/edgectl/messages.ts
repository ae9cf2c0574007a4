import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import { hasModule, type InstallationState, sampleModules } from "../deploy/index.ts";
import { formatTable } from "../terminal/index.ts";

const CountsSchema = Type.Object({
  modules: Type.Array(Type.Object({ moduleId: Type.String(), sent: Type.Number(), received: Type.Number() })),
});

/** Messages of each module of an installation since its hub was started. */
export type Messages = { readonly namespace: string } & Readonly<Static<typeof CountsSchema>>;

/** What waiting for messages needs. */
export interface MessagesOptions {
  /** Runs the sample hub's command `messages` in a namespace; rejects where there is none. */
  readonly askHub: (namespace: string) => Promise<unknown>;
  /** Milliseconds until what there is counts. */
  readonly patience: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const interval = 1000;

/**
 * Asks the sample's hubs for the messages that they passed on, and gives them time to pass on the first.
 *
 * @returns nothing of installations that have another hub, or none
 */
export async function countMessages(
  installations: readonly InstallationState[],
  { askHub, patience, sleep }: MessagesOptions,
): Promise<readonly Messages[]> {
  const sampled = installations.filter(
    (installation) => hasModule(installation, sampleModules.hub) && hasModule(installation, sampleModules.consumer),
  );
  const counted = await Promise.all(
    sampled.map(async ({ namespace }) => {
      for (let waited = 0; ; waited += interval) {
        const messages = asCounts(namespace, await askHub(namespace).catch(() => undefined));
        if (messages === undefined || flow(messages) || waited >= patience) return messages;
        await sleep(interval);
      }
    }),
  );
  return counted.filter((messages) => messages !== undefined);
}

function asCounts(namespace: string, answer: unknown): Messages | undefined {
  return Check(CountsSchema, answer) ? { namespace, modules: answer.modules } : undefined;
}

function flow({ modules }: Messages): boolean {
  return modules.some(({ received }) => received > 0);
}

/** One line per module. */
export function formatMessages(messages: readonly Messages[]): string {
  const rows = messages.flatMap(({ namespace, modules }) =>
    modules.map(({ moduleId, sent, received }) => [namespace, moduleId, String(sent), String(received)]),
  );
  return formatTable(["NAMESPACE", "MODULE", "SENT", "RECEIVED"], rows);
}
