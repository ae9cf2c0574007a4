import { describe, expect, it } from "vitest";
import type { ComponentState, InstallationState } from "../installation-state.ts";
import { type CauseId, causes } from "./causes.ts";
import type { Finding, Sighting } from "./finding.ts";
import { type EarlierFailures, failuresIn, follow, knownEnds, noCourses, noFailures } from "./known-end.ts";

const namespace = "edge-a";
const part = (name: string, readySince?: string): ComponentState => ({
  component: name === "iotedged" ? "iotedged" : "module",
  name,
  ready: readySince !== undefined,
  state: readySince === undefined ? "backoff" : "running",
  restarts: 0,
  image: "i",
  ...(readySince === undefined ? {} : { readySince }),
});
const finding = (id: CauseId, component: string, seen: Partial<Sighting> = {}): Finding => ({
  id,
  severity: causes[id].severity,
  namespace,
  component,
  message: id,
  evidence: "",
  fix: "",
  seen: { subject: `pod of ${component}`, occurrence: `pod of ${component} ${seen.runs ?? 0}`, ...seen },
});
const state = (findings: readonly Finding[], rest: readonly ComponentState[] = []): InstallationState => ({
  namespace,
  name: namespace,
  ready: false,
  components: [...rest, ...findings.map(({ component = "" }) => part(component))],
  findings,
});

/** What is known to have ended after each of the looks. */
function ends(looks: readonly InstallationState[], before: EarlierFailures = noFailures): readonly string[][] {
  let courses = noCourses;
  return looks.map((look) => {
    courses = follow(courses, [look], before);
    return knownEnds(courses, [look], before).map(({ id, component }) => `${component} ${id}`);
  });
}
const repeated = (look: InstallationState, times: number) => Array.from({ length: times }, () => look);
/** At how many looks in a row the end is known; undefined where it never is. */
function looksUntilEnd(id: CauseId, times = 50): number | undefined {
  const found = ends(repeated(state([finding(id, "m")]), times)).findIndex((known) => known.length > 0);
  return found < 0 ? undefined : found + 1;
}

describe("the end is known", () => {
  it("after as many looks in a row as the cause asks for, and never where it may heal by itself", () => {
    const looks = Object.keys(causes).map((id) => [id, looksUntilEnd(id as CauseId)]);
    expect(Object.fromEntries(looks)).toEqual({
      "manifest-refused": 1,
      "account-deleted": 2,
      "object-refused": 6,
      "image-name-invalid": 2,
      "image-not-found": 2,
      "image-not-on-node": 2,
      "image-platform": 2,
      "pull-secret-missing": 6,
      "image-unauthorized": 6,
      "registry-untrusted": 6,
      "image-pull": undefined,
      "secret-missing": 6,
      "configmap-missing": 6,
      "runs-as-root": 2,
      "claim-missing": 6,
      "claim-template-missing": 6,
      "quota-exceeded": 6,
      "runtime-class-missing": 6,
      "pod-refused": 6,
      "pod-create": undefined,
      "no-such-program": undefined,
      "out-of-memory": undefined,
      "health-check": undefined,
      "program-exits": undefined,
      "job-failed": 2,
      "not-ready": undefined,
      "device-missing": undefined,
      "no-node-matches": 6,
      unschedulable: undefined,
      "node-lost": undefined,
      "pod-waits": undefined,
      "manifest-warning": undefined,
      "manifest-edited": undefined,
      "manifest-not-deployed": undefined,
      "same-device": undefined,
    });
  });

  it("no earlier because another cause was seen in between", () => {
    const [away, missing] = [state([finding("image-pull", "m")]), state([finding("image-not-found", "m")])];
    expect(ends([missing, away, missing, missing]).map(({ length }) => length)).toEqual([0, 0, 0, 1]);
  });

  it("sooner where what it takes was looked for and found missing all the while, as long as it is", () => {
    const secret = (name: string) => finding("pull-secret-missing", "m", { missing: [`Secret ${name}`] });
    const absent = (look: InstallationState) => ({ ...look, missing: ["Secret regcred"] });
    const [starting, failing] = [absent(state([])), absent(state([secret("regcred")]))];
    expect(
      ends([...repeated(starting, 7), failing, failing])
        .map(({ length }) => length)
        .at(-2),
    ).toBe(0);
    expect(ends([...repeated(starting, 7), failing, failing]).at(-1)).toEqual(["m pull-secret-missing"]);
    // It has been there in between, or another one is missing.
    expect(ends([...repeated(starting, 7), state([]), failing, failing, failing]).flat()).toEqual([]);
    expect(ends([...repeated(starting, 7), ...repeated(absent(state([secret("other")])), 3)]).flat()).toEqual([]);
  });

  it("sooner where nothing in the cluster can bring what it lacks", () => {
    const refused = state([finding("image-unauthorized", "m", { isUnaided: true })]);
    expect(ends([refused, refused]).map(({ length }) => length)).toEqual([0, 1]);
  });

  it("by another pod than the one that was there before", () => {
    const old = state([finding("image-not-found", "m", { occurrence: "old 4" })]);
    const again = state([finding("image-not-found", "m", { occurrence: "old 5" })]);
    const before = failuresIn([old]);
    expect(ends(repeated(old, 20), before).flat()).toEqual([]);
    expect(ends([old, again], before).at(-1)).toEqual(["m image-not-found"]);
  });

  it("not by what failed before, while EdgeAgent has still to do what was asked of it", () => {
    const before = state([finding("claim-missing", "m", { runs: 1 })]);
    const again = state([finding("claim-missing", "m", { runs: 2 })]);
    const waiting = { ...again, problem: "EdgeAgent has not taken up its settings yet" };
    const other = { ...waiting, findings: [finding("claim-missing", "m", { subject: "another pod" })] };
    const earlier = failuresIn([before]);
    expect(ends([...repeated(waiting, 20), ...repeated(again, 5)], earlier).flat()).toEqual([]);
    expect(ends([...repeated(waiting, 20), ...repeated(again, 6)], earlier).at(-1)).toEqual(["m claim-missing"]);
    expect(ends(repeated(other, 6), earlier).at(-1)).toEqual(["m claim-missing"]);
  });

  it("of a manifest that was refused before and is refused now", () => {
    const refused = state([finding("manifest-refused", "m")]);
    const stranger = { ...state([finding("account-deleted", "iotedged")]), problem: "EdgeAgent has not reported yet" };
    expect(ends(repeated(stranger, 2), failuresIn([stranger]))).toEqual([[], ["iotedged account-deleted"]]);
    expect(ends([refused], failuresIn([refused]))).toEqual([["m manifest-refused"]]);
  });
});

describe("of a container that ends again and again the end is known", () => {
  const run = (runs: number, cause = "3", id: CauseId = "program-exits") =>
    finding(id, "m", { runs, cause, runSince: `2026-01-01T00:00:${String(10 * runs).padStart(2, "0")}Z` });
  const ready = part("hub", "2026-01-01T00:00:05Z");

  it("once it has ended three times in one way, however often it was looked at", () => {
    const looks = [1, 1, 1, 1, 2, 2, 2, 3].map((runs) => state([run(runs)], [ready]));
    expect(ends(looks).map(({ length }) => length)).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("not while it ends in different ways", () => {
    const looks = [run(1), run(2, "4"), run(3), run(4, "4"), run(5)].map((one) => state([one], [ready]));
    expect(ends(looks).flat()).toEqual([]);
  });

  it("not while something else is not ready, which it may wait for", () => {
    const looks = [1, 2, 3, 4, 5].map((runs) => state([run(runs)], [part("hub")]));
    expect(ends(looks).flat()).toEqual([]);
  });

  it("once its last run began after all else was ready", () => {
    const late = part("hub", "2026-01-01T00:00:35Z");
    const looks = [1, 2, 3, 4].map((runs) => state([run(runs)], [late]));
    expect(ends(looks).map(({ length }) => length)).toEqual([0, 0, 0, 1]);
  });

  it("of two that fail together, once each has failed after the rest was ready", () => {
    const other = (runs: number) => ({ ...run(runs), component: "n", seen: { ...run(runs).seen, subject: "n" } });
    const looks = [1, 2, 3].map((runs) => state([run(runs), other(1)], [ready]));
    expect(ends(looks).flat()).toEqual([]);
    expect(ends([1, 2, 3].map((runs) => state([run(runs), other(runs)], [ready]))).at(-1)).toHaveLength(2);
  });

  it("whatever else is not ready, where nothing else can help it", () => {
    const looks = (id: CauseId) => [1, 2, 3].map((runs) => state([run(runs, "137", id)], [part("hub")]));
    expect(ends(looks("out-of-memory")).map(({ length }) => length)).toEqual([0, 0, 1]);
    expect(ends(looks("no-such-program")).map(({ length }) => length)).toEqual([0, 1, 1]);
  });
});
