import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import { parseJson } from "#base";
import { stateErrors } from "./errors.ts";
import type { Identities } from "./identities.ts";
import { recipientsOf } from "./identities.ts";
import { describeRecipient } from "./recipients.ts";

const EnvelopeSchema = Type.Object(
  {
    format: Type.Literal("iotedge-state-1"),
    /** Of the project's settings. */
    id: Type.String({ maxLength: 64 }),
    stack: Type.String({ maxLength: 100 }),
    /** For whom it is encrypted: an age file itself does not tell. */
    recipients: Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 100 }),
    /** Text of the state. */
    state: Type.String(),
  },
  { additionalProperties: false },
);

/** What is encrypted: a stack's state, and whose it is, so that no other stack's file passes for it. */
export type Envelope = Static<typeof EnvelopeSchema>;

/** An age file in ASCII: what git shows, and what a Secret's text is. */
export async function seal(envelope: Omit<Envelope, "format">): Promise<string> {
  const { armor, Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  for (const key of envelope.recipients) {
    try {
      encrypter.addRecipient(key);
    } catch {
      throw stateErrors.EDGE_STATE_RECIPIENT({ recipient: describeRecipient({ key }) });
    }
  }
  return armor.encode(await encrypter.encrypt(JSON.stringify({ format: "iotedge-state-1", ...envelope })));
}

/**
 * @param place what messages call where the text is from
 * @throws EDGE_STATE_NO_IDENTITY, EDGE_STATE_NOT_A_RECIPIENT, EDGE_STATE_DAMAGED
 */
export async function open(text: string, identities: Identities, place: string): Promise<Envelope> {
  const damaged = (problem: string) => stateErrors.EDGE_STATE_DAMAGED({ place, problem });
  const { armor, Decrypter } = await import("age-encryption");
  const file = attempt(() => armor.decode(text));
  if (file === undefined) throw damaged("it is no age file in ASCII armor");
  if (identities.keys.length === 0) throw stateErrors.EDGE_STATE_NO_IDENTITY({ place, file: identities.source });
  const recipients = await recipientsOf(identities);
  const decrypter = new Decrypter();
  for (const key of identities.keys) decrypter.addIdentity(key);
  const decrypted = await decrypter.decrypt(file, "text").catch((error: Error) => {
    if (!/no identity matched/.test(error.message)) throw damaged("its content does not fit its seal");
    const shown = recipients.map((key) => describeRecipient({ key })).join(", ");
    throw stateErrors.EDGE_STATE_NOT_A_RECIPIENT({ place, recipients: shown });
  });
  const envelope = parseJson(decrypted);
  if (!Check(EnvelopeSchema, envelope)) throw damaged("it does not hold the state of a stack");
  return envelope;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
