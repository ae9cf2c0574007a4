import type { StateStorage, StoredState } from "../render/index.ts";
import { open, seal } from "./envelope.ts";
import { stateErrors } from "./errors.ts";
import type { Identities } from "./identities.ts";

export interface Seal {
  /** Of the project's settings. */
  readonly id: string;
  readonly stack: string;
  /** For whom new text is encrypted. */
  readonly recipients: readonly string[];
  readonly identities: Identities;
}

/** A stack's state as a storage has it, encrypted. */
export interface EncryptedStorage extends StateStorage {
  /** For whom it is encrypted; undefined where there is no state. */
  recipients(): Promise<readonly string[] | undefined>;
}

/**
 * Keeps in `inner` what nobody can read who is not a recipient.
 *
 * Its calls also throw EDGE_STATE_NO_IDENTITY, EDGE_STATE_NOT_A_RECIPIENT, EDGE_STATE_DAMAGED and EDGE_STATE_FOREIGN.
 */
export function encryptedStorage(inner: StateStorage, { id, stack, recipients, identities }: Seal): EncryptedStorage {
  const { place } = inner;
  const unseal = async ({ text }: StoredState) => {
    const envelope = await open(text, identities, place);
    if (envelope.stack !== stack || envelope.id !== id) {
      const found = `stack ${envelope.stack} of ${envelope.id === id ? "this" : "another"} project`;
      throw stateErrors.EDGE_STATE_FOREIGN({ place, found, wanted: `stack ${stack} of this project` });
    }
    return envelope;
  };
  return {
    place,
    read: async () => {
      const stored = await inner.read();
      return stored && { text: (await unseal(stored)).state, version: stored.version };
    },
    replace: async (expected, text) => {
      const sealed = await seal({ id, stack, recipients: [...recipients], state: text });
      await inner.replace(expected, sealed);
    },
    recipients: async () => {
      const stored = await inner.read();
      return stored && (await unseal(stored)).recipients;
    },
  };
}
