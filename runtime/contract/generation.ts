import { annotations } from "./labels.ts";

/** Metadata of a module's ServiceAccount. */
interface AccountMetadata {
  readonly name?: string | undefined;
  readonly uid?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

const kept = /^(?<account>[a-z0-9-]{1,63})\/(?<generation>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * The generation of a module, under which its keys are derived: the UID of its ServiceAccount, so that a module which is
 * deleted and made again has other keys; or the one that the platform engineer keeps for it after a restore.
 *
 * What is kept counts for the account that it names alone, so that no module gets the generation of another, and must be
 * of the form of a UID: signing keys are derived from names that are joined without a separator.
 */
export function generationIdOf({ name, uid, annotations: notes }: AccountMetadata): string | undefined {
  const { account, generation } = kept.exec(notes?.[annotations.keptGeneration] ?? "")?.groups ?? {};
  return uid !== undefined && generation !== undefined && account === name ? generation : uid;
}
