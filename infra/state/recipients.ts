import { cleanLine } from "../terminal/index.ts";
import { stateErrors } from "./errors.ts";

/** Who can open the state: the public half of an age key. */
export interface Recipient {
  /** Whose it is, for people. */
  readonly name?: string;
  readonly key: string;
}

const written = /^(?:([\w.@-]{1,64})=)?(age1[a-z0-9]{20,3000})$/;

/**
 * `age1...`, or `ada=age1...`
 *
 * @throws EDGE_STATE_RECIPIENT
 */
export function parseRecipient(text: string): Recipient {
  const [, name, key] = written.exec(text.trim()) ?? [];
  // What stands here instead may be a secret key.
  if (key === undefined) throw stateErrors.EDGE_STATE_RECIPIENT({ recipient: shown(text) });
  return { ...(name === undefined ? {} : { name }), key };
}

/** Each once; of two with one key, the one that has a name. */
export function uniteRecipients(...lists: readonly (readonly Recipient[])[]): readonly Recipient[] {
  const united = new Map<string, Recipient>();
  for (const recipient of lists.flat()) {
    if (united.get(recipient.key)?.name === undefined) united.set(recipient.key, recipient);
  }
  return [...united.values()];
}

/**
 * @param names of recipients to leave out, or their keys
 * @throws EDGE_STATE_RECIPIENT_UNKNOWN
 */
export function withoutRecipients(recipients: readonly Recipient[], names: readonly string[]): readonly Recipient[] {
  for (const name of names) {
    if (recipients.some((recipient) => isCalled(recipient, name))) continue;
    const known = recipients.map(describeRecipient).join(", ");
    throw stateErrors.EDGE_STATE_RECIPIENT_UNKNOWN({ recipient: shown(name), recipients: known });
  }
  return recipients.filter((recipient) => !names.some((name) => isCalled(recipient, name)));
}

export function describeRecipient({ name, key }: Recipient): string {
  const short = key.length > 30 ? `${key.slice(0, 12)}...${key.slice(-6)}` : key;
  return name === undefined ? short : `${cleanLine(name)} (${short})`;
}

function isCalled({ name, key }: Recipient, wanted: string): boolean {
  return wanted === name || wanted === key || wanted === `${name}=${key}`;
}

function shown(text: string): string {
  return /SECRET-KEY/i.test(text) ? "what begins with a secret key" : JSON.stringify(text.slice(0, 80));
}
