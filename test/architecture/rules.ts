import type { IConfiguration, IForbiddenRuleType } from "dependency-cruiser";
import { floors, type Room, sharedWithInfra } from "./rooms.ts";

const anyOf = (paths: readonly string[]) => `^(${paths.join("|")})/`;
const names = (rooms: readonly Room[]) => rooms.map(({ path }) => path);
const all = names(floors.flat());
/** What is for tests, or makes the documentation. Their own imports are not looked at. */
const tests = "\\.test\\.ts$|(^|/)test/|/golden/|/fixtures/|^docs/";
/** Files that lie in a room, in its folder or below. */
const inRoom = "^((?:infra|runtime)/[^/]+)/";

const downwards: readonly IForbiddenRuleType[] = floors.flatMap((floor, level) =>
  names(floor).map((room) => ({
    name: "imports-run-downwards",
    comment: `${room} is on floor ${level}. Import from a lower floor, or move what both need down.`,
    severity: "error" as const,
    from: { path: anyOf([room]) },
    to: { path: anyOf(names(floors.slice(level).flat()).filter((other) => other !== room)) },
  })),
);

/** What `npm run lint` checks of imports. Tests, and what they stand on, do not count. */
export const rules = {
  forbidden: [
    ...downwards,
    {
      name: "every-room-has-a-floor",
      comment: "Give the new room a floor in test/architecture/rooms.ts.",
      severity: "error",
      from: { path: inRoom, pathNot: anyOf(all) },
      to: {},
    },
    {
      name: "rooms-are-entered-by-their-index",
      comment: "Export it from the room's index.ts, and import that.",
      severity: "error",
      from: { path: inRoom },
      to: { path: inRoom, pathNot: ["^$1/", "^(infra|runtime)/[^/]+/index\\.ts$"] },
    },
    {
      name: "the-program-enters-rooms-by-their-index",
      comment: "Export it from the room's index.ts, and import that.",
      severity: "error",
      from: { path: "^infra/[^/]+\\.ts$" },
      to: { path: inRoom, pathNot: "/index\\.ts$" },
    },
    {
      name: "nothing-imports-the-program",
      comment:
        "Pulumi runs infra/index.mjs, which runs infra/index.ts, and nobody else: what it shares with a room belongs into a room.",
      severity: "error",
      from: { path: inRoom, pathNot: tests },
      to: { path: "^infra/[^/]+\\.ts$" },
    },
    {
      name: "the-product-stands-without-its-tests",
      severity: "error",
      from: { path: "^(infra|runtime)/", pathNot: tests },
      to: { path: tests },
    },
    {
      name: "the-product-runs-without-development-tools",
      comment: "Who builds images or the package has a checkout with all of its tools.",
      severity: "error",
      from: { path: "^(infra|runtime)/", pathNot: `${tests}|^(runtime/images|infra/package)/` },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "infra-enters-three-rooms-of-runtime",
      comment: `infra knows of the runtime what both agree on: ${sharedWithInfra.join(", ")}.`,
      severity: "error",
      from: { path: "^infra/" },
      to: { path: "^runtime/", pathNot: anyOf(sharedWithInfra) },
    },
    {
      name: "runtime-knows-nothing-of-infra",
      severity: "error",
      from: { path: "^runtime/" },
      to: { path: "^infra/" },
    },
    {
      name: "what-both-share-stands-alone",
      comment: `${sharedWithInfra.join(", ")} import nothing else of runtime.`,
      severity: "error",
      from: { path: anyOf(sharedWithInfra) },
      to: { path: "^runtime/", pathNot: anyOf(sharedWithInfra) },
    },
    { name: "no-circle-of-files", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-circle-of-folders",
      comment: "A room's own folder holds its index and its errors, so circles through it do not count.",
      severity: "error",
      scope: "folder",
      from: {},
      to: { circular: true, viaOnly: { pathNot: "^(infra|runtime)/[^/]+$" } },
    },
  ],
  options: {
    doNotFollow: { path: `node_modules|${tests}` },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "types"] },
  },
} satisfies IConfiguration;
