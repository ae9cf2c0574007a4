import { readFileSync } from "node:fs";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { floors, type Room } from "../test/architecture/rooms.ts";
import { rules } from "../test/architecture/rules.ts";

/** ARCHITECTURE.md: its text, with the tree and the picture of the rooms made from the rules and the imports. */
export async function architecturePage(): Promise<string> {
  const text = readFileSync(new URL("../ARCHITECTURE.md", import.meta.url), "utf8");
  const blocks = { tree: tree(), picture: picture(await roomImports()) };
  return Object.entries(blocks).reduce((page, [name, block]) => fill(page, name, block), text);
}

function fill(page: string, name: string, block: string): string {
  const [start, end] = [`<!-- ${name}: made by \`npm run docs\` -->\n`, `<!-- end of ${name} -->`];
  const [before, rest] = split(page, start);
  return `${before}${start}${block}${end}${split(rest, end)[1]}`;
}

function split(text: string, at: string): readonly [string, string] {
  const index = text.indexOf(at);
  if (index < 0) throw new Error(`ARCHITECTURE.md has no line ${at}`);
  return [text.slice(0, index), text.slice(index + at.length)];
}

/** The rooms from the roof down, each with its sign. */
function tree(): string {
  const side = (name: string) =>
    floors
      .toReversed()
      .flat()
      .filter(({ path }) => path.startsWith(`${name}/`));
  const width = Math.max(...floors.flat().map(({ path }) => path.split("/")[1]?.length ?? 0));
  const line = ({ path, sign }: Room) => `  ${(path.split("/")[1] ?? "").padEnd(width)}  ${sign}\n`;
  const parts = ["infra", "runtime"].map((name) => `${name}/\n${side(name).map(line).join("")}`);
  return `\`\`\`text\n${parts.join("")}\`\`\`\n`;
}

type Imports = ReadonlyMap<string, ReadonlySet<string>>;

/** Which room imports which, in the code as it is. */
export async function roomImports(): Promise<Imports> {
  const { forbidden, options } = rules;
  const { output } = await cruise(["infra", "runtime"], { ...options, ruleSet: { forbidden } }, undefined, {
    tsConfig: extractTSConfig("tsconfig.json"),
  });
  const imports = new Map<string, Set<string>>();
  for (const { source, dependencies } of (output as ICruiseResult).modules) {
    const from = roomOf(source);
    if (from === undefined) continue;
    const to = imports.get(from) ?? new Set();
    for (const { resolved } of dependencies) {
      const room = roomOf(resolved);
      if (room !== undefined && room !== from) to.add(room);
    }
    imports.set(from, to);
  }
  return imports;
}

function roomOf(file: string): string | undefined {
  return /^((?:infra|runtime)\/[^/]+)\//.exec(file)?.[1];
}

function picture(imports: Imports): string {
  const floor = (rooms: readonly Room[], level: number) =>
    [
      `  subgraph floor${level}["floor ${level}"]`,
      ...rooms.map(({ path }) => `    ${idOf(path)}["${path}"]`),
      "  end",
    ].join("\n");
  const arrows = floors
    .toReversed()
    .flat()
    .flatMap(({ path }) => [...direct(path, imports)].sort().map((to) => `  ${idOf(path)} --> ${idOf(to)}`));
  return ["```mermaid", "flowchart TB", ...floors.map(floor).toReversed(), ...arrows, "```", ""].join("\n");
}

/** What a room imports, less what it reaches through another of its imports. */
function direct(room: string, imports: Imports): ReadonlySet<string> {
  const all = imports.get(room) ?? new Set();
  return new Set([...all].filter((to) => ![...all].some((other) => other !== to && reaches(other, to, imports))));
}

function reaches(from: string, to: string, imports: Imports): boolean {
  return [...(imports.get(from) ?? [])].some((next) => next === to || reaches(next, to, imports));
}

const idOf = (path: string) => path.replaceAll(/[/-]/g, "_");
