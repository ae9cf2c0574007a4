import * as pulumi from "@pulumi/pulumi";
import { installationErrors } from "./errors.ts";

/**
 * Applies `make` to a value, once all outputs inside it are known.
 *
 * Like `pulumi.output(given).apply(make)`, but a value without outputs gives a plain result: outputs of plain values
 * would take more time than all the rest of a large stack.
 */
export function derive<Given, Made>(given: Given, make: (value: pulumi.Unwrap<Given>) => Made): pulumi.Input<Made> {
  if (isPlain(given)) return make(given as pulumi.Unwrap<Given>);
  return pulumi.output(given).apply(make) as pulumi.Output<Made>;
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return false;
  return Object.values(value).every(isPlain);
}

/**
 * Lets a text through to a ConfigMap unless Pulumi knows it as a secret: the provider would mark it so in the state and
 * write it into the cluster in plain text.
 *
 * @param field the argument that the text was made of, for the error
 * @returns an output that fails with EDGE_INSTALLATION_SECRET where the text is a secret
 */
export function plainText(installation: string, field: string, text: pulumi.Input<string>): pulumi.Input<string> {
  if (typeof text === "string") return text;
  return pulumi.output(refuseSecret(installation, field, pulumi.output(text)));
}

/** @throws EDGE_INSTALLATION_SECRET */
export async function refuseSecret(
  installation: string,
  field: string,
  text: pulumi.Output<string>,
): Promise<pulumi.Output<string>> {
  if (await pulumi.isSecret(text)) throw installationErrors.EDGE_INSTALLATION_SECRET({ field, installation });
  return text;
}
