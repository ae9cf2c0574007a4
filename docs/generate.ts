/** Writes the pages of docs/ that are made from code: `npm run docs`. */
import { writeFile } from "node:fs/promises";
import { generatedPages } from "./pages.ts";

for (const { url, content } of await generatedPages()) await writeFile(url, content);
