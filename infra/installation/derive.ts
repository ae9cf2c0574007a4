import * as pulumi from "@pulumi/pulumi";

/**
 * What `make` makes of a value and of all outputs inside it.
 *
 * It is `pulumi.output(given).apply(make)`, but stays plain where everything given is: outputs of plain values would
 * take more time than all the rest of a large stack.
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
