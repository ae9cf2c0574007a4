import { desiredHashOf, differences } from "#shared";
import type { ModuleObject, Settled } from "./action.ts";

/** Remembers what the API server answered to writes. */
export interface SettledWrites extends Settled {
  remember(desired: ModuleObject, answer: ModuleObject): void;
  forget(object: ModuleObject): void;
}

export function createSettledWrites(): SettledWrites {
  const writes = new Map<string, { readonly hash: string | undefined; readonly differences: string }>();
  const keyOf = ({ kind, metadata }: ModuleObject) => `${kind}/${metadata.name}`;
  return {
    differences(desired) {
      const write = writes.get(keyOf(desired));
      return write?.hash === desiredHashOf(desired) ? write?.differences : undefined;
    },
    remember(desired, answer) {
      const remaining = differences(desired, answer);
      if (remaining.length === 0) writes.delete(keyOf(desired));
      else writes.set(keyOf(desired), { hash: desiredHashOf(desired), differences: remaining.join("\n") });
    },
    forget: (object) => void writes.delete(keyOf(object)),
  };
}
