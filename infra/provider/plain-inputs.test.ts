import { describe, expect, it } from "vitest";
import { unknownPlainInputs } from "./plain-inputs.ts";

const schema = {
  resources: {
    r: {
      inputProperties: {
        open: {},
        plain: { plain: true },
        list: { plain: true, items: { plain: true, $ref: "#/types/group" } },
        group: { plain: true, $ref: "#/types/group" },
        openGroup: { plain: true, $ref: "#/types/openGroup" },
      },
    },
  },
  types: {
    group: { properties: { inner: { plain: true }, open: {} } },
    openGroup: { properties: { inner: {} } },
  },
};
const later = Symbol("later");
const pathsOf = (inputs: Readonly<Record<string, unknown>>) =>
  unknownPlainInputs(schema, "r", inputs, (value) => value === later);

describe("unknownPlainInputs", () => {
  it.each([
    [{ open: later }, []],
    [{ plain: later }, ["plain"]],
    [{ plain: "known", open: [later] }, []],
    [{ group: { inner: later, open: later } }, ["group.inner"]],
    [{ group: later }, ["group"]],
    [{ openGroup: later }, []],
    [{ openGroup: { inner: later } }, []],
    [{ list: [{ inner: "known" }, { inner: later }] }, ["list[1].inner"]],
    [{ list: later }, ["list"]],
    [{ plain: null, group: undefined, other: later }, []],
  ])("of %o are %j", (inputs, paths) => expect(pathsOf(inputs)).toEqual(paths));
});
