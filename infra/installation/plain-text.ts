import * as pulumi from "@pulumi/pulumi";
import { configErrors } from "#errors";
import type { InstallationScope } from "./scope.ts";

/**
 * Lets a text through to a ConfigMap unless Pulumi knows it as a secret: the provider would mark it so in the state and
 * write it into the cluster in plain text.
 *
 * @param field the argument that the text was made of, for the error
 * @returns an output that fails with EDGE_INSTALLATION_SECRET where the text is a secret
 */
export function plainText(scope: InstallationScope, field: string, text: pulumi.Output<string>): pulumi.Output<string> {
  const checked = pulumi.isSecret(text).then((secret) => {
    if (secret) throw configErrors.EDGE_INSTALLATION_SECRET({ field, installation: scope.resourceName });
    return text;
  });
  return pulumi.output(checked);
}
