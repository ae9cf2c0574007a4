import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSkopeo, parseReference } from "../image-copy/index.ts";
import { type ArtifactOrigin, makeArtifact, writeLayout } from "./artifact.ts";
import { gitopsErrors } from "./errors.ts";
import type { FolderFile } from "./marked-file.ts";

export interface PushOptions extends ArtifactOrigin {
  /** `oci://registry/path:tag`. */
  readonly to: string;
  /** Plain HTTP, or a certificate that is not verified. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

const scheme = "oci://";

/**
 * Pushes the files as an artifact for Flux, by skopeo and the logins that it has.
 *
 * @returns `oci://registry/path:tag@sha256:...`
 * @throws EDGE_GITOPS_PUSH_TARGET, EDGE_COPY_TOOL_MISSING, EDGE_COPY_FAILED
 */
export async function pushArtifact(files: readonly FolderFile[], options: PushOptions): Promise<string> {
  const target = readTarget(options.to);
  const directory = await mkdtemp(join(tmpdir(), "edge-artifact-"));
  try {
    const artifact = await makeArtifact(files, options);
    const layout = join(directory, "layout");
    await writeLayout(layout, artifact);
    const skopeo = await openSkopeo(join(directory, "digest"), options.signal);
    const to = { image: `docker://${target}`, insecure: options.insecure };
    const arrived = await skopeo.copy({ image: `oci:${layout}` }, to, options.to, Number.POSITIVE_INFINITY);
    if (arrived !== artifact.manifest.digest) throw pushTarget(options.to, "the registry has changed the artifact");
    return `${scheme}${target}@${arrived}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** @throws EDGE_GITOPS_PUSH_TARGET before anything is rendered */
export function readTarget(text: string): string {
  if (!text.startsWith(scheme)) throw pushTarget(text, `it does not start with ${scheme}`);
  const { host, path, tag, digest } = parseReference(text.slice(scheme.length));
  if (tag === undefined || digest !== undefined) throw pushTarget(text, "it needs a tag, and no digest");
  return `${host}/${path}:${tag}`;
}

function pushTarget(target: string, problem: string): Error {
  return gitopsErrors.EDGE_GITOPS_PUSH_TARGET({ target: JSON.stringify(target.slice(0, 300)), problem });
}
