import { readKeptState } from "../render/index.ts";

/** What a state has, without what is secret of it. */
export interface KeptKeys {
  readonly keys: readonly { readonly name: string; readonly sha256: string }[];
  readonly certificates: readonly { readonly name: string; readonly ends: string }[];
}

/** @throws EDGE_RENDER_STATE_INVALID */
export async function keptKeys(text: string, place: string): Promise<KeptKeys> {
  const entries = [...(await readKeptState(text, place))].map(([urn, { outputs }]) => ({ name: nameOf(urn), outputs }));
  const texts = (output: string) =>
    entries.flatMap(({ name, outputs }) => {
      const value = outputs[output];
      return typeof value === "string" ? [{ name, value }] : [];
    });
  return {
    keys: texts("publicKeyFingerprintSha256").map(({ name, value }) => ({ name, sha256: value })),
    certificates: texts("validityEndTime").map(({ name, value }) => ({ name, ends: value })),
  };
}

/** Names of keys that `present` has, and of which `next` has none, or another one. */
export async function lostKeys(present: string, next: string, place: string): Promise<readonly string[]> {
  const after = new Map((await keptKeys(next, place)).keys.map(({ name, sha256 }) => [name, sha256]));
  const { keys } = await keptKeys(present, place);
  return keys.filter(({ name, sha256 }) => after.get(name) !== sha256).map(({ name }) => name);
}

/** The project and stack of a state's resources; undefined where there are none. */
export async function ownersOf(text: string, place: string): Promise<readonly string[]> {
  const urns = [...(await readKeptState(text, place)).keys()];
  return [...new Set(urns.map((urn) => urn.split("::", 2).join("::")))];
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
