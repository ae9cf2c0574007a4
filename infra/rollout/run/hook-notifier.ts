import { runCommand } from "../gates/run-command.ts";
import type { Notifier, NotifyHook } from "../model/index.ts";

/** Tells hooks what happens: each is started with the notification as JSON on its standard input. */
export const hookNotifier: Notifier = {
  notify: async (hooks, run, notification) => {
    const input = `${JSON.stringify({
      version: 1,
      run: run.id,
      fleet: run.fleet,
      revision: run.git.revision,
      ...notification,
      at: new Date(notification.at).toISOString(),
    })}\n`;
    const problems = await Promise.all(hooks.map((hook) => tell(hook, input)));
    const [first] = problems.filter((problem) => problem !== undefined);
    return first;
  },
};

async function tell({ command, timeoutMs }: NotifyHook, input: string): Promise<string | undefined> {
  const { code, lastLine } = await runCommand({ command, input, signal: AbortSignal.timeout(timeoutMs) });
  return code === 0 ? undefined : `${command[0]}: exit code ${code ?? "none"}: ${lastLine}`;
}
