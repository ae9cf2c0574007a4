import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";

/** The objects in the YAML example of a page that holds `mark`, so that tests use what readers copy. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the page has
export async function documentedYaml(page: string, mark: string): Promise<readonly any[]> {
  const text = await readFile(fileURLToPath(new URL(`../../docs/${page}`, import.meta.url)), "utf8");
  const blocks = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  const found = blocks.find((block) => block.includes(mark));
  if (found === undefined) throw new Error(`docs/${page} has no example with ${mark}`);
  return parseAllDocuments(found).map((document) => document.toJS());
}
