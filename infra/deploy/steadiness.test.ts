import { expect, it } from "vitest";
import type { ComponentState, InstallationState } from "./installation-state.ts";
import { isSteady, nothingSteady, observeReady } from "./steadiness.ts";

const module = (more: Partial<ComponentState> = {}): ComponentState => ({
  component: "module",
  name: "m",
  ready: true,
  state: "running",
  restarts: 0,
  image: "i",
  readySince: "2026-01-01T00:00:00Z",
  ...more,
});
const state = (component: ComponentState): InstallationState => ({
  namespace: "n",
  name: "n",
  ready: component.ready,
  components: [component],
  findings: [],
});
/** Whether it counts as ready after each of the looks. */
function steady(looks: readonly ComponentState[], before: readonly ComponentState[] = []): readonly boolean[] {
  let seen = nothingSteady;
  return looks.map((look) => {
    seen = observeReady(seen, [state(look)]);
    return isSteady(seen, [state(look)], before.map(state));
  });
}

it("is not what is new and ready, until it was ready in three looks in a row", () => {
  expect(steady([module(), module(), module()])).toEqual([false, false, true]);
  const fallen = module({ ready: false });
  expect(steady([module(), module(), fallen, module(), module()]).some(Boolean)).toBe(false);
});

it("is not what has ended and runs again, until it was ready in five looks of one run", () => {
  const run = (restarts: number) => module({ restarts, readySince: `2026-01-01T00:0${restarts}:00Z` });
  expect(steady([run(1), run(1), run(1), run(2), run(2), run(2), run(3), run(3)]).some(Boolean)).toBe(false);
  expect(steady([run(1), run(1), run(1), run(1), run(1)])).toEqual([false, false, false, false, true]);
});

it("is at once what has run since before the deployment, and what is stopped as desired", () => {
  expect(steady([module({ restarts: 7 })], [module({ restarts: 7 })])).toEqual([true]);
  expect(steady([module({ restarts: 8 })], [module({ restarts: 7 })])).toEqual([false]);
  expect(steady([module({ state: "stopped" })])).toEqual([true]);
});
