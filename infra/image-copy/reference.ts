import { imageCopyErrors } from "./errors.ts";

/** A reference of an image, taken apart. */
export interface ImageReference {
  /** Registry, with the port where it has one. */
  readonly host: string;
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const path = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*";
const shape = new RegExp(`^(${path})(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`);
const host = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?$/;
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
  if (found === undefined)
    throw imageCopyErrors.EDGE_COPY_REFERENCE({ reference: JSON.stringify(reference.slice(0, 200)) });
  const isLibrary = !isHost && !found.includes("/");
  return { host: isHost ? first : "docker.io", path: isLibrary ? `library/${found}` : found, tag, digest };
}

/** As skopeo takes it, which wants a tag or a digest: a digest counts more. */
export function formatReference({ host, path, tag, digest }: ImageReference): string {
  return `${host}/${path}${digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`}`;
}
