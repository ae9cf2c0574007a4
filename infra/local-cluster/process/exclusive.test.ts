import { describe, expect, it } from "vitest";
import { exclusively } from "./exclusive.ts";

const name = (what: string) => `test ${what} ${process.pid}`;

describe("exclusively", () => {
  it("runs one action after the other", async () => {
    const events: string[] = [];
    const held = Promise.withResolvers<void>();
    const queued = Promise.withResolvers<void>();
    const first = exclusively(
      name("order"),
      async () => {
        events.push("first begins");
        held.resolve();
        await queued.promise;
        events.push("first ends");
      },
      () => events.push("first waits"),
    );
    await held.promise;
    const second = exclusively(
      name("order"),
      async () => events.push("second"),
      () => queued.resolve(),
    );
    await Promise.all([first, second]);
    expect(events).toEqual(["first begins", "first ends", "second"]);
  });

  it("lets many wait, each for its turn", async () => {
    let inside = 0;
    const turns = Array.from({ length: 8 }, () =>
      exclusively(
        name("many"),
        async () => {
          inside++;
          await new Promise((resolve) => setImmediate(resolve));
          expect(inside--).toBe(1);
        },
        () => undefined,
      ),
    );
    await Promise.all(turns);
  });

  it("is free again after an action that failed", async () => {
    const failing = exclusively(name("failure"), () => Promise.reject(new Error("no")), fail);
    await expect(failing).rejects.toThrow("no");
    expect(await exclusively(name("failure"), async () => "done", fail)).toBe("done");
  });

  it("does not make different names wait for each other", async () => {
    const both = exclusively(name("a"), () => exclusively(name("b"), async () => "done", fail), fail);
    expect(await both).toBe("done");
  });
});

function fail(): void {
  throw new Error("must not wait");
}
