import { imageCopyErrors } from "./errors.ts";

/** A reference of an image, taken apart. */
export interface ImageReference {
  /** Registry, with the port where it has one. */
  readonly host: string;
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const repository = new RegExp(`^${part}$`);
const shape = new RegExp(`^(${part}(?:/${part})*)(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`);
const host = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?$/;
const addressOfIpv6 = /^\[[0-9A-Fa-f:]{2,39}\](:\d{1,5})?$/;
const maxLength = 512;

/**
 * As container engines read it: what has no registry is Docker Hub's.
 *
 * @throws EDGE_COPY_REFERENCE
 */
export function parseReference(reference: string): ImageReference {
  const [first = "", ...rest] = reference.split("/");
  const isHost = rest.length > 0 && host.test(first) && (/[.:]/.test(first) || first === "localhost");
  const named = isHost ? rest.join("/") : reference;
  const match = reference.length <= maxLength ? shape.exec(named) : null;
  const [, found, tag, digest] = match ?? [];
  if (found === undefined) throw imageCopyErrors.EDGE_COPY_REFERENCE({ reference: quoted(reference) });
  const isLibrary = !isHost && !found.includes("/");
  return { host: isHost ? first : "docker.io", path: isLibrary ? `library/${found}` : found, tag, digest };
}

/** As skopeo takes it, which wants a tag or a digest: a digest counts more. */
export function formatReference({ host, path, tag, digest }: ImageReference): string {
  return `${host}/${path}${digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`}`;
}

/**
 * A registry with the path below which images are, as it is put before their names.
 *
 * @throws EDGE_COPY_REGISTRY, which does not say a password that was written into it
 */
export function parseRegistry(text: string): string {
  const registry = text.replace(/\/+$/, "");
  const [first = "", ...rest] = registry.split("/");
  const isHost = host.test(first) || addressOfIpv6.test(first);
  if (registry.length <= maxLength && isHost && rest.every((name) => repository.test(name))) return registry;
  throw imageCopyErrors.EDGE_COPY_REGISTRY({ registry: quoted(text) });
}

/** For messages: what stands before an `@` may be a password. */
export function quoted(text: string): string {
  return JSON.stringify(text.replace(/^.*@(?!sha256:)/s, "***@").slice(0, 200));
}
