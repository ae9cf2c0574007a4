import { expect } from "vitest";
import type { CheckReport } from "../../../infra/check/report/report.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { Situation } from "./situations.ts";
import type { CheckOptions, Workstation } from "./workstation.ts";

/** All but what is well. */
export const bad = ({ checks }: CheckReport) => checks.filter(({ severity }) => severity !== "ok");

/** Breaks something, and waits until `check --pre` names it with its cause and its way out. */
export async function expectNamed(
  workstation: Workstation,
  usual: CheckOptions,
  { name, plant, id, severity, message, fix }: Situation,
): Promise<void> {
  const options = (await plant(workstation)) as CheckOptions | undefined;
  const how = options?.as || options?.env || options?.timer ? { ...usual, ...options } : usual;
  // A definition, for one, is served a moment later.
  const found = await waitFor(
    `what is said where ${name}`,
    async () => {
      const all = bad(await workstation.check(how));
      const match = all.find((one) => one.id === id && one.severity === severity && message.test(one.message));
      if (match === undefined) throw new Error(JSON.stringify(all, null, 2));
      return match;
    },
    20,
  );
  expect(found.docs).toBe(`docs/check.md#${id}`);
  expect(found.fix).toMatch(fix);
}
