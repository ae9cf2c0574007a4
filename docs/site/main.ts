/** Builds the site of docs/: `npm run docs:site [-- --base /path/] [--out DIR]`. */
import { relative, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { buildSite } from "./build.ts";

const { values } = parseArgs({ options: { base: { type: "string", default: "/" }, out: { type: "string" } } });
if (!/^\/(.*\/)?$/.test(values.base)) {
  process.stderr.write(`--base ${values.base} is no path with a slash at both ends\n`);
  process.exit(2);
}
const html = await buildSite(resolve(values.out ?? ".edge/site"), values.base);
process.stdout.write(`${relative("", html)}/index.html\n`);
