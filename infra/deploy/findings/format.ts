import { cleanLine } from "../../terminal/index.ts";
import type { Finding } from "./finding.ts";

const daemons: ReadonlySet<string> = new Set(["iotedged", "edgeagent"]);

/**
 * A finding as people read it: the cause first, then what it was read from where that says more, and what to do. What
 * modules and clusters have said in it holds nothing that a terminal acts on.
 */
export function describeFinding({ namespace, component, message, evidence, fix }: Finding): readonly string[] {
  const what = component === undefined ? "" : daemons.has(component) ? `${component}: ` : `module ${component}: `;
  const isSaid = evidence === "" || message.includes(evidence);
  return [`  ${namespace}: ${what}${message}`, ...(isSaid ? [] : [`    seen: ${evidence}`]), `    fix:  ${fix}`].map(
    cleanLine,
  );
}
