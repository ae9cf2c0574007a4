import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inject } from "vitest";

/** What an observer has seen of the pods that a selector finds. */
export interface SeenPods {
  /** Most that were there at a time, those among them that are being ended. */
  readonly most: number;
  /** How many there were in all. */
  readonly seen: number;
}

/** Watches pods at the API server itself, so that no change is missed. */
export async function watchPods(namespace: string, selector: string): Promise<{ stop(): Promise<SeenPods> }> {
  const line = "jsonpath={.type} {.object.metadata.uid} {.object.status.phase}{'\\n'}";
  const args = ["get", "pods", "-n", namespace, "-l", selector, "--watch", "--output-watch-events", "-o", line];
  const command = [...args, "--kubeconfig", inject("kubeconfig")];
  const kubectl = spawn(inject("kubectl"), command, { stdio: ["ignore", "pipe", "inherit"] });
  const present = new Set<string>();
  const all = new Set<string>();
  let most = 0;
  const look = ([type, uid = "", phase]: readonly string[]) => {
    all.add(uid);
    // A pod that has ended runs nothing any more.
    if (type === "DELETED" || phase === "Succeeded" || phase === "Failed") present.delete(uid);
    else present.add(uid);
    most = Math.max(most, present.size);
  };
  const lines = createInterface({ input: kubectl.stdout });
  lines.on("line", (line) => look(line.split(" ")));
  await once(lines, "line");
  return {
    async stop() {
      kubectl.kill("SIGTERM");
      await once(kubectl, "exit");
      return { most, seen: all.size };
    },
  };
}
