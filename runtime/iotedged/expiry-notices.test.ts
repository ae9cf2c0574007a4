import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/clock.ts";
import type { Notice } from "../shared/event-recorder.ts";
import { type CertificateLife, createExpiryNotices } from "./expiry-notices.ts";

const day = 86_400_000;

let clock: FakeClock;
let told: Notice[];
let look: (lives: readonly CertificateLife[]) => void;

const regarding = { apiVersion: "v1", kind: "Secret", name: "iotedged-workload-ca" };
const lifeOf = (id: string, notBefore = clock.now()): CertificateLife => ({
  id,
  name: "the workload CA",
  notBefore,
  notAfter: notBefore + 100 * day,
  regarding,
});

beforeEach(() => {
  clock = new FakeClock();
  told = [];
  look = createExpiryNotices({ events: { record: (notice) => void told.push(notice) }, clock });
});

describe("notices of CAs that end", () => {
  it("come at half, at four fifths and at nineteen twentieths of the life, once each", async () => {
    const life = lifeOf("one");
    const daysOfNotices: number[] = [];
    for (let count = 0; count <= 120; count++) {
      const before = told.length;
      look([life]);
      look([life]);
      if (told.length > before) daysOfNotices.push(count);
      await clock.advance(day);
    }
    expect(daysOfNotices).toEqual([50, 80, 95]);
    expect(told.map(({ type }) => type)).toEqual(["Normal", "Warning", "Warning"]);
    expect(new Set(told.map(({ key }) => key)).size).toBe(3);
    expect(told[0]?.note).toMatch(/^50 % of the life of the workload CA is over, it ends at 2026-04-11T/);
  });

  it("tell the present stage alone to who starts late", async () => {
    const life = lifeOf("one");
    await clock.advance(90 * day);
    look([life]);
    expect(told.map(({ note }) => note)).toEqual([expect.stringMatching(/^80 %/)]);
  });

  it("leave out the stages that a machine slept through", async () => {
    const life = lifeOf("one");
    for (const days of [50, 45]) {
      await clock.advance(days * day);
      look([life]);
    }
    expect(told.map(({ note }) => note.split(" ")[0])).toEqual(["50", "95"]);
  });

  it("begin anew with a new CA", async () => {
    const first = lifeOf("one");
    await clock.advance(50 * day);
    look([first]);
    const second = lifeOf("two");
    look([second]);
    await clock.advance(50 * day);
    look([second]);
    expect(told).toHaveLength(2);
  });

  it("come again when the API server refused them", async () => {
    let refuse: (() => void) | undefined;
    const record = (notice: Notice, onRefused?: () => void) => {
      told.push(notice);
      refuse = onRefused;
    };
    const lookAgain = createExpiryNotices({ events: { record }, clock });
    const life = lifeOf("one");
    await clock.advance(60 * day);
    lookAgain([life]);
    lookAgain([life]);
    expect(told).toHaveLength(1);
    refuse?.();
    lookAgain([life]);
    lookAgain([life]);
    expect(told).toHaveLength(2);
  });

  it("come again when there was no room for them", async () => {
    const record = (notice: Notice, onRefused?: () => void) => {
      told.push(notice);
      if (told.length === 1) onRefused?.();
    };
    const lookAgain = createExpiryNotices({ events: { record }, clock });
    const life = lifeOf("one");
    await clock.advance(60 * day);
    for (let count = 0; count < 3; count++) lookAgain([life]);
    expect(told).toHaveLength(2);
  });
});
