import type { Site } from "./site.ts";

/** Methods of `$edgeAgent` about the module `python`. */
export function agentMethods(site: Pick<Site, "invoke">) {
  const call = (name: string, request: object) =>
    site.invoke("$edgeAgent", name, { schemaVersion: "1.0", ...request }) as Promise<{
      readonly status: number;
      readonly payload: unknown;
    }>;
  return {
    restart: () => call("RestartModule", { id: "python" }),
    logs: () => call("GetModuleLogs", { items: [{ id: "python", filter: { tail: 3 } }], encoding: "none" }),
  };
}
