import { describe, expect, it } from "vitest";
import { sourcePlaces } from "./source-position.ts";

const rbac = "project:///infra/file:/home/ann/infra/edge/infra/installation/rbac.ts#25,16";
const program = "project:///infra/file:/home/ann/infra/edge/infra/program.ts#41,10";

describe("source positions of a preview", () => {
  it.each([
    ["of an ES module", rbac, { file: "infra/installation/rbac.ts", line: 25 }],
    ["of its first file", program, { file: "infra/program.ts", line: 41 }],
    [
      "of a path with a space",
      "project:///infra/file:/home/ann/infra/edge/infra/a%20b.ts#1,1",
      { file: "infra/a b.ts", line: 1 },
    ],
    [
      "with a URL as Node writes it",
      "project:///infra/file:///home/ann/infra/edge/infra/x.ts#1,2",
      { file: "infra/x.ts", line: 1 },
    ],
    ["of a CommonJS module", "project:///infra/rbac.ts#12,2", { file: "infra/rbac.ts", line: 12 }],
    ["of a program in the project's directory", "project:///file:index.ts#12,19", { file: "index.ts", line: 12 }],
    ["below main's directory", "project:///infra/file:rbac.ts#12,19", { file: "infra/rbac.ts", line: 12 }],
    ["of the SDK", "project:///node_modules/@pulumi/resource.ts#1598,22", undefined],
    ["of a library by URL", "project:///infra/file:/home/ann/edge/node_modules/x/index.js#1,1", undefined],
    ["that is none", "", undefined],
    ["without a line", "project:///infra/rbac.ts", undefined],
  ])("%s", (_, position, place) => {
    expect(sourcePlaces([rbac, program, position])(position)).toEqual(place);
  });

  it("of a state that several machines have written", () => {
    const other = "project:///infra/file:/builds/7/edge/infra/installation/rbac.ts#25,16";
    expect(sourcePlaces([rbac, program, other])(other)).toEqual({ file: "infra/installation/rbac.ts", line: 25 });
    expect(sourcePlaces([other, rbac, program])(rbac)).toEqual({ file: "infra/installation/rbac.ts", line: 25 });
  });

  it("of a file outside of the program's directory stay whole", () => {
    const outside = "project:///infra/file:/home/ann/shared/labels.ts#1,1";
    expect(sourcePlaces([rbac, outside])(outside)).toEqual({ file: "/home/ann/shared/labels.ts", line: 1 });
  });

  it("where the program is in the project's directory itself", () => {
    const positions = ["project:///file:/work/app/index.ts#3,1", "project:///file:/work/app/lib/edge.ts#7,1"];
    expect(positions.map(sourcePlaces(positions))).toEqual([
      { file: "index.ts", line: 3 },
      { file: "lib/edge.ts", line: 7 },
    ]);
  });
});
