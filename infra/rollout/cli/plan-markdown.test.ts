import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChangeGroup, ObjectChange, RolloutPlan } from "../model/index.ts";
import { planMarkdown } from "./plan-markdown.ts";

const git = { revision: "0123456789abcdef", dirty: false };
const change = (object: string, ...fields: string[]): ObjectChange => ({ operation: "update", object, fields });
const group = (clusters: readonly string[], ...changes: readonly ObjectChange[]): ChangeGroup => ({
  digest: "d",
  ...{ clusters, changes },
  rbac: { outcome: "over-threshold", text: "+1 / -0 <permissions> of @all" },
});
function planOf(groups: readonly ChangeGroup[], more: Partial<RolloutPlan> = {}): RolloutPlan {
  const names = groups.flatMap(({ clusters }) => clusters);
  const wave = { name: "canary", clusters: names } as unknown as RolloutPlan["waves"][number];
  return {
    waves: [wave],
    clusters: Object.fromEntries(names.map((name) => [name, {}])) as never,
    groups,
    unselected: [],
    ...more,
  };
}
const render = (plan: RolloutPlan) => planMarkdown({ fleet: "factories", git, plan });

describe("the plan as a comment", () => {
  it("says which clusters change and how, and what is not known", () => {
    const unknown = [
      { cluster: "x", outcome: "unreachable", failure: { code: "E", message: "no\nanswer", remedy: "" } },
    ] as const;
    const text = render(
      planOf([group(["a", "b"], change("apps/v1/Deployment e/iotedged", "spec.replicas: 1 -> 2")), group(["c"])], {
        unknown,
        unselected: ["z"],
      }),
    );
    expect(text).toMatchInlineSnapshot(`
      "<!-- edgectl-rollout:factories -->
      ### Rollout of fleet factories: 2 of 3 clusters would change

      Revision 0123456789ab. Waves: canary (3).
      <details>
      <summary>1 change in 2 clusters; permissions: +1 / -0 &lt;permissions&gt; of &#64;all :no_entry:</summary>

      \`a, b\`

      \`\`\`diff
      ~ apps/v1/Deployment e/iotedged
          spec.replicas: 1 -> 2
      \`\`\`
      </details>

      :warning: Not known of 1 cluster:

      \`\`\`diff
      x: unreachable: no answer
      \`\`\`

      No change in 1 cluster: \`c\`

      In no wave: \`z\`

      "
    `);
  });

  it("is never longer than a comment may be, and says what it leaves out", () => {
    const large = Array.from({ length: 400 }, (_, index) =>
      group(
        [`c${index}`],
        ...Array.from({ length: 50 }, (__, at) => change(`v1/ConfigMap e/${index}-${at}`, "x".repeat(60))),
      ),
    );
    const text = render(planOf(large));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toMatch(/_\d+ parts left out: see the job's log\._\n$/);
  });

  it("lets no value of a pull request end its block", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[`<>@#a \n]{0,30}$/), { minLength: 1, maxLength: 5 }), (fields) => {
        const lines = render(planOf([group(["a"], change("v1/ConfigMap e/a", ...fields))])).split("\n");
        const open = lines.findIndex((line) => line.endsWith("diff"));
        const fence = lines[open]?.replace("diff", "") ?? "";
        const close = lines.findIndex((line, index) => index > open && line.trim().startsWith(fence));
        expect(lines[close]).toBe(fence);
        expect(lines[close + 1]).toBe("</details>");
      }),
    );
  });
});
