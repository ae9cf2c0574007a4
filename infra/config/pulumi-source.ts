import * as pulumi from "@pulumi/pulumi";
import { type ConfigSource, sourceFromEntries } from "./source.ts";

/**
 * The running stack's configuration.
 *
 * It is not read by `pulumi.Config`, which names the keys that the program asks for and so would miss unknown ones.
 *
 * @param projectRoot directory of Pulumi.yaml
 */
export function pulumiConfigSource(projectRoot: string): ConfigSource {
  const entries = Object.entries(pulumi.runtime.allConfig());
  return sourceFromEntries({
    stack: pulumi.getStack(),
    projectRoot,
    entries,
    secretKeys: entries.map(([key]) => key).filter((key) => isConfigSecret(key)),
  });
}

/** Exported by the SDK, but left out of its type declarations. */
const { isConfigSecret } = pulumi.runtime as unknown as { readonly isConfigSecret: (key: string) => boolean };
