import { describe, expect, test } from "vitest";
import { fieldChanges } from "./field-changes.ts";

describe("fieldChanges", () => {
  const isSecret = (path: readonly (string | number)[]) => path[0] === "data";

  test("says what changes; of secrets and long texts only that they do", () => {
    const before = { spec: { replicas: 1, old: true }, text: "a\nb", data: { "tls.key": "QQ==" }, same: [1] };
    const after = { spec: { replicas: 2, new: "x" }, text: "a\nc", data: { "tls.key": "Qg==" }, same: [1] };
    expect(fieldChanges(before, after, isSecret)).toEqual([
      'data["tls.key"]: [secret]',
      "spec.new: added x",
      "spec.old: removed true",
      "spec.replicas: 1 -> 2",
      "text: changed",
    ]);
  });

  test("lists of one length are compared item by item", () => {
    const list = (image: string) => ({ containers: [{ name: "a", image }] });
    expect(fieldChanges(list("1"), list("2"), () => false)).toEqual(["containers[0].image: 1 -> 2"]);
    expect(fieldChanges({ args: [1] }, { args: [1, 2] }, () => false)).toEqual(["args: changed"]);
  });
});
