import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { waitFor } from "../../support/wait-for.ts";
import { moduleSelector, readyPod } from "../cluster.ts";

/** What a module that listens answers at a port: as whom it runs, and what it may. */
export async function answer(namespace: string, name: string, port: number): Promise<Readonly<Record<string, string>>> {
  const pod = await readyPod(namespace, moduleSelector(name));
  const said = await waitFor(`an answer of ${name} at port ${port}`, async () => {
    const got = await text(connect({ host: pod.status.podIP, port }));
    return got === "" ? undefined : got;
  });
  return Object.fromEntries(
    said
      .trim()
      .split(" ")
      .map((pair) => pair.split("=")),
  );
}
