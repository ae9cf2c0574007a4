import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { roomImports } from "../../docs/architecture-page.ts";
import { floors } from "./rooms.ts";

const project = join(import.meta.dirname, "../..");
let house: string;

beforeEach(async () => {
  house = await mkdtemp(join(tmpdir(), "edge-house-"));
  await build("tsconfig.json", `{ "compilerOptions": { "allowImportingTsExtensions": true, "noEmit": true } }`);
  for (const room of ["runtime/base", "infra/terminal"]) await build(`${room}/index.ts`, "export const x = 1;\n");
});
afterEach(() => rm(house, { recursive: true }));

async function build(file: string, content: string): Promise<void> {
  await mkdir(dirname(join(house, file)), { recursive: true });
  await writeFile(join(house, file), content);
}

/** A file that imports another. */
const wire = (from: string, to: string) => build(from, `import "${to}";\nexport const x = 1;\n`);

/** What lint says of the house's imports, and its exit code. */
function lint(): Promise<{ code: number; text: string }> {
  const args = ["--config", join(project, "test/architecture/dependency-cruiser.mjs"), "infra", "runtime"];
  return new Promise((resolve) =>
    execFile(join(project, "node_modules/.bin/depcruise"), args, { cwd: house }, (error, stdout) =>
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout }),
    ),
  );
}

describe("lint of imports", { timeout: 60_000 }, () => {
  test("lets a room import the index of one below", async () => {
    await wire("infra/deploy/index.ts", "../../runtime/base/index.ts");
    expect(await lint()).toMatchObject({ code: 0 });
  });

  test.each([
    ["upwards", "imports-run-downwards", ["infra/deploy/target.ts", "infra/edgectl/index.ts"]],
    ["to its own floor", "imports-run-downwards", ["infra/deploy/target.ts", "infra/config/index.ts"]],
    ["past an index", "rooms-are-entered-by-their-index", ["infra/trust/status.ts", "infra/deploy/target.ts"]],
    [
      "past an index, by the program",
      "the-program-enters-rooms-by-their-index",
      ["infra/program.ts", "infra/config/load.ts"],
    ],
    [
      "another room of runtime",
      "infra-enters-three-rooms-of-runtime",
      ["infra/deploy/x.ts", "runtime/shared/index.ts"],
    ],
    ["infra, from runtime", "runtime-knows-nothing-of-infra", ["runtime/iotedged/x.ts", "infra/terminal/index.ts"]],
    [
      "upwards, from what both share",
      "what-both-share-stands-alone",
      ["runtime/manifest/x.ts", "runtime/shared/index.ts"],
    ],
    ["of the program", "nothing-imports-the-program", ["infra/deploy/x.ts", "infra/program.ts"]],
    ["of a fake", "the-product-stands-without-its-tests", ["infra/deploy/x.ts", "test/fakes/x.ts"]],
    [
      "of its own tests' helper",
      "the-product-stands-without-its-tests",
      ["infra/deploy/x.ts", "infra/deploy/test/x.ts"],
    ],
    ["of what makes the docs", "the-product-stands-without-its-tests", ["infra/deploy/x.ts", "docs/x.ts"]],
    ["from a room without a floor", "every-room-has-a-floor", ["infra/attic/x.ts", "runtime/base/index.ts"]],
  ])("refuses an import %s", async (_, rule, [from = "", to = ""]) => {
    await build(to, "export const y = 1;\n");
    await wire(from, `${"../".repeat(from.split("/").length - 1)}${to}`);
    const { code, text } = await lint();
    expect(code).toBeGreaterThan(0);
    expect(text).toContain(rule);
  });

  test("refuses a circle of two files", async () => {
    await wire("infra/rbac/a.ts", "./b.ts");
    await wire("infra/rbac/b.ts", "./a.ts");
    expect((await lint()).text).toContain("no-circle-of-files");
  });

  test("refuses a circle of two folders", async () => {
    await wire("infra/rbac/one/a.ts", "../two/b.ts");
    await wire("infra/rbac/two/c.ts", "../one/d.ts");
    await build("infra/rbac/two/b.ts", "export const y = 1;\n");
    await build("infra/rbac/one/d.ts", "export const y = 1;\n");
    expect((await lint()).text).toContain("no-circle-of-folders");
  });
});

test("each room is on the floor above the highest room that it imports, and there are at most eight floors", async () => {
  const imports = await roomImports();
  const floorOf = (room: string): number => Math.max(-1, ...[...(imports.get(room) ?? [])].map(floorOf)) + 1;
  const measured = [...imports.keys()].map((room) => [room, floorOf(room)]);
  const listed = floors.flatMap((floor, level) => floor.map(({ path }) => [path, level]));
  expect(Object.fromEntries(measured)).toEqual(Object.fromEntries(listed));
  expect(floors.length).toBeLessThanOrEqual(8);
});
