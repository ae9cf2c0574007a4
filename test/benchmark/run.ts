/** Runs one benchmark by its name: `npm run -s bench -- render --json`. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [name, ...args] = process.argv.slice(2);
const names = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -".ts".length))
  .sort();

if (name !== undefined && names.includes(name)) {
  const script = join(import.meta.dirname, `${name}.ts`);
  process.argv = [process.execPath, script, ...args];
  await import(pathToFileURL(script).href);
} else {
  const isHelp = name === "--help" || name === "-h";
  const stream = isHelp ? process.stdout : process.stderr;
  stream.write(`Usage: npm run -s bench -- <name> [options]\n\n${await listing()}`);
  process.exitCode = isHelp ? 0 : 2;
}

async function listing(): Promise<string> {
  const width = Math.max(...names.map((item) => item.length));
  const lines = names.map(async (item) => {
    const text = await readFile(join(import.meta.dirname, `${item}.ts`), "utf8");
    return `  ${item.padEnd(width)}  ${summaryOf(text)}\n`;
  });
  return (await Promise.all(lines)).join("");
}

/** The first sentence of the comment that a script starts with. */
function summaryOf(text: string): string {
  const comment = /^\s*\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? "";
  const plain = comment
    .replace(/^\s*\*\s?/gm, "")
    .replace(/\s+/g, " ")
    .trim();
  return plain.split(/(?<=\.) /)[0] ?? "";
}
