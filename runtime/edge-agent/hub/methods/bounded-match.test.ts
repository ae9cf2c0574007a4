import { setImmediate } from "node:timers/promises";
import { beforeEach, expect, it } from "vitest";
import { FakeClock } from "../../../../test/fakes/clock.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { createMatching, type Matching } from "./bounded-match.ts";

let clock: FakeClock;
let begin: () => Matching;
beforeEach(() => {
  clock = new FakeClock();
  begin = () => createMatching(clock);
});

const tooLong = "take too long";
/** An expression that does not end by itself. */
const hang = (matching: Matching) => matching("(a+)+$", [`${"a".repeat(64)}b`]);
/** A thread that matches is ended by the one timer that there is. */
const matches = () => waitFor("a thread", () => clock.pending === 1 || undefined, 30);

it("finds what matches, wherever in a text", async () => {
  expect(await begin()("b", ["ab", "B", "c"])).toEqual(["ab"]);
  expect(await begin()("^B", ["ab", "B", "bc"], "i")).toEqual(["B", "bc"]);
  await expect(begin()("(", [])).rejects.toThrow("no regular expression");
});

it("keeps nobody from working while an expression does not end", async () => {
  let isOver = false;
  const hanging = hang(begin()).finally(() => {
    isOver = true;
  });
  const ended = expect(hanging).rejects.toThrow(tooLong);
  await matches();
  for (let turn = 0; turn < 1000; turn++) await setImmediate();
  expect(isOver).toBe(false);
  await clock.advance(500);
  await ended;
});

it("has one time for all matching of a request, and a new one for the next request", async () => {
  const matching = begin();
  expect(await matching("^a", ["ab", "ba"])).toEqual(["ab"]);
  const ended = expect(hang(matching)).rejects.toThrow(tooLong);
  await matches();
  await clock.advance(500);
  await ended;
  await expect(matching("^a", ["ab"])).rejects.toThrow(tooLong);
  expect(await begin()("^a", ["ab", "ba"])).toEqual(["ab"]);
});

it("ends an expression that takes more memory than there is for it", async () => {
  const many = Array.from({ length: 1_000_000 }, (_, index) => String(index));
  await expect(begin()("1", many)).rejects.toThrow(tooLong);
});
