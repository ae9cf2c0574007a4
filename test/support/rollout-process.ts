import { startEdgectl } from "./edgectl-process.ts";

/** An event as `--json` prints it. */
export interface PrintedEvent {
  readonly run: string;
  readonly type: string;
  readonly action?: string;
  readonly cluster?: string;
  readonly outcome?: string;
  readonly result?: { readonly outcome: string; readonly healthy?: boolean };
}

/** A rollout that is carried out by a process of its own, as an operator would start it. */
export interface RolloutProcess {
  readonly events: readonly PrintedEvent[];
  /** Resolves with the first event that matches, past ones included. Rejects when the process ends without one. */
  waitFor(matches: (event: PrintedEvent) => boolean): Promise<PrintedEvent>;
  /** Resolves once its messages hold the text. Rejects when the process ends without it. */
  told(text: string): Promise<void>;
  /** As a crash would: by SIGKILL. */
  kill(): void;
  /** Exit code; null of a process that was killed. */
  readonly ended: Promise<number | null>;
}

/**
 * @param args words after `edgectl rollout`
 * @param main of another version of edgectl
 */
export function startRollout(directory: string, args: readonly string[], main?: string): RolloutProcess {
  const { output, until, kill, ended } = startEdgectl(["rollout", ...args, "--json"], directory, main);
  const events = (): readonly PrintedEvent[] =>
    output.stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return {
    get events() {
      return events();
    },
    ended,
    kill: () => void kill(),
    waitFor: (matches) => until("the event", () => events().find(matches)),
    told: async (text) => void (await until(text, () => output.stderr.includes(text) || undefined)),
  };
}
