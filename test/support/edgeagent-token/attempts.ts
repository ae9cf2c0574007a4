import type { KubernetesObject } from "../../../runtime/base/kubernetes-objects.ts";
import { containerAttempts } from "./container-attempts.ts";
import { nodeAttempts } from "./node-attempts.ts";
import { objectAttempts } from "./object-attempts.ts";
import { podAttempts } from "./pod-attempts.ts";
import { pullerAttempts } from "./puller-attempts.ts";

/** An object that a test changes at will. */
// biome-ignore lint/suspicious/noExplicitAny: a test writes what no type allows
export type Loose = any;

/** Something that one can try with EdgeAgent's token. */
export interface Attempt {
  /** Completes "with EdgeAgent's token one tries to ...". */
  readonly what: string;
  readonly verb: "apply" | "delete";
  readonly object: KubernetesObject;
}

/** Objects of a module as EdgeAgent makes them, each anew. */
export interface Originals {
  readonly deployment: () => Loose;
  readonly job: () => Loose;
  readonly service: () => Loose;
  readonly serviceAccount: () => Loose;
  readonly claim: () => Loose;
  readonly pullSecret: () => Loose;
  /** Deployment that fetches the images of a changed module. */
  readonly puller: () => Loose;
  readonly namespace: string;
  /** The installation's name. */
  readonly instance: string;
}

/** Everything that is tried, in the order of the golden table. */
export function attempts(originals: Originals): readonly Attempt[] {
  return [
    ...objectAttempts(originals),
    ...podAttempts(originals),
    ...containerAttempts(originals),
    ...nodeAttempts(originals),
    ...pullerAttempts(originals),
  ];
}

/** The same change, tried in a Deployment and in a Job. */
export function inWorkloads(
  { deployment, job }: Originals,
  changes: Readonly<Record<string, (template: Loose, workload: Loose) => void>>,
): readonly Attempt[] {
  return Object.entries(changes).flatMap(([what, change]) =>
    [deployment(), job()].map((object): Attempt => {
      change(object.spec.template, object);
      return { what: `${object.kind}: ${what}`, verb: "apply", object };
    }),
  );
}
