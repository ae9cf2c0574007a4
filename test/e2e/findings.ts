import type { KubernetesItem } from "./cluster.ts";
import type { Stack } from "./stack.ts";

/** What `edgectl status` finds wrong, by the module or daemon that has it. */
export async function findingsOf(
  stack: Stack,
): Promise<Readonly<Record<string, { readonly id: string; readonly message: string; readonly fix: string }>>> {
  const { stdout } = await stack.run(["status", "--json"]);
  const found = JSON.parse(stdout).installations.flatMap((one: KubernetesItem) => one.findings);
  return Object.fromEntries(found.map((one: { component?: string }) => [one.component ?? "", one]));
}
