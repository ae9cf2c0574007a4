import { ensureGoTools } from "./go-tools.ts";
import { progress } from "./progress.ts";

const packages = ["github.com/getsops/sops/v3/cmd/sops"];

/**
 * Compiles sops from its pinned module, unless this user's cache holds it: about 2 minutes once, where Flux has been compiled.
 *
 * @returns the folder of the program
 */
export function ensureSops(): Promise<string> {
  return ensureGoTools("sops-tools", [{ name: "sops", title: "sops", packages }], progress);
}
