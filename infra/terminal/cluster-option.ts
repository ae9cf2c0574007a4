import { existsSync } from "node:fs";
import { join } from "node:path";

/** Whether edgectl runs in a checkout of its project. The npm package has neither images' programs nor a local cluster. */
export const isCheckout = existsSync(join(import.meta.dirname, "../../Pulumi.yaml"));

/**
 * Help of `--context`.
 *
 * @param otherwise what counts without the option; a checkout has its local cluster behind that
 */
export function contextHelp(what: string, otherwise?: string, hasLocal: boolean = isCheckout): string {
  const fallbacks = [...(otherwise === undefined ? [] : [otherwise]), ...(hasLocal ? ["the local one"] : [])];
  return fallbacks.length === 0 ? `${what}; there is no default` : `${what}; default: ${fallbacks.join(", else ")}`;
}
