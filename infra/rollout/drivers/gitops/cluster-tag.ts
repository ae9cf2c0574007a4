import type { Artifact } from "../../../gitops/index.ts";
import {
  gitopsErrors,
  type RegistryTags,
  type Repository,
  signerAnnotation,
  type TagState,
} from "../../../gitops/index.ts";
import { rolloutErrors } from "../../errors.ts";
import type { Check, GitopsTarget, SignCommand } from "../../model/index.ts";
import type { Content } from "./compare-artifacts.ts";
import { short } from "./flux-report.ts";
import { readManifests } from "./manifests.ts";
import { isSignatureGood, signArtifact, signerOf } from "./sign-artifact.ts";

/** Tags beside the one that Flux follows: what is to come, and what was there before. Registries delete what has no tag. */
const asides = { next: ".next", previous: ".previous" } as const;

/** The tag that Flux follows in one cluster. */
export class ClusterTag {
  readonly #tags: RegistryTags;
  readonly #cluster: string;
  readonly #repository: Repository;
  readonly #tag: string;
  readonly #signedBy: SignCommand | undefined;
  readonly #signal: AbortSignal;

  constructor(tags: RegistryTags, cluster: string, target: GitopsTarget, signal: AbortSignal) {
    this.#tags = tags;
    this.#cluster = cluster;
    this.#repository = { name: target.repository, insecure: target.insecure };
    this.#tag = target.tag;
    this.#signedBy = target.sign;
    this.#signal = signal;
  }

  get name(): string {
    return `${this.#repository.name}:${this.#tag}`;
  }

  read(): Promise<TagState | undefined> {
    return this.#tags.read(this.#repository, this.#tag, this.#signal);
  }

  /** Whether what it leads to says that the fleet file's command has signed it. */
  namesSigner({ annotations }: TagState): boolean {
    return this.#signedBy === undefined || annotations[signerAnnotation] === signerOf(this.#signedBy);
  }

  /** @throws EDGE_ROLLOUT_VERIFY */
  async isSignatureGood({ digest }: TagState): Promise<boolean> {
    const reference = `${this.#repository.name}@${digest}`;
    return this.#signedBy === undefined || (await isSignatureGood(this.#signedBy, reference, this.#signal));
  }

  /** What is in that to which it leads. */
  async content(found: TagState): Promise<Content> {
    const files = await this.#tags.pull(this.#repository, found, this.#signal);
    try {
      return { files, manifests: await readManifests(files) };
    } catch (cause) {
      const problem = (cause as Error).message;
      throw gitopsErrors.EDGE_GITOPS_ARTIFACT({ reference: `${this.name}@${found.digest}`, problem }, { cause });
    }
  }

  /** Puts an artifact beside it, where nobody follows it. */
  publish(artifact: Artifact): Promise<void> {
    return this.#tags.push(this.#repository, `${this.#tag}${asides.next}`, artifact, this.#signal);
  }

  /** Signs an artifact in the repository, where the fleet file says by what. */
  async sign({ manifest }: Artifact): Promise<void> {
    if (this.#signedBy === undefined) return;
    await signArtifact(this.#signedBy, `${this.#repository.name}@${manifest.digest}`, this.#signal);
  }

  /**
   * Lets it lead elsewhere, and keeps what it led to. The registry cannot do that on condition: what is looked at here is
   * right until a moment before.
   *
   * @param expected where it may lead to now
   * @throws EDGE_ROLLOUT_TAG_MOVED
   */
  async move(to: string, expected: readonly (string | undefined)[]): Promise<void> {
    const found = (await this.read())?.digest;
    if (found === to) return;
    if (!expected.includes(found)) {
      const [first] = expected;
      const details = { cluster: this.#cluster, found: short(found), expected: short(first) };
      throw rolloutErrors.EDGE_ROLLOUT_TAG_MOVED(details);
    }
    if (found !== undefined) {
      await this.#tags.move(this.#repository, `${this.#tag}${asides.previous}`, found, this.#signal);
    }
    await this.#tags.move(this.#repository, this.#tag, to, this.#signal);
  }

  check(found: TagState | undefined): Check {
    const message = found === undefined ? `there is no ${this.name} yet` : `the registry has ${this.name}`;
    return { id: "tag", severity: "ok", message, evidence: found?.digest ?? "", fix: "" };
  }

  /** @returns undefined where it leads to `expected` */
  checkPlace(found: TagState | undefined, expected: string): Check | undefined {
    if (found?.digest === expected) return undefined;
    const message = `${this.name} leads to ${short(found?.digest)}, not to ${short(expected)}`;
    const fix = "Let nothing but rollouts move the tag; retry the cluster, or roll back.";
    return { id: "tag", severity: "error", message, evidence: "", fix };
  }
}
