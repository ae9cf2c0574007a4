/** `npm run package`: makes the npm package and prints where it is. */
import { resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { EdgeError } from "#base";
import { buildPackage } from "./build-package.ts";

const help = `usage: npm run package -- [--images FILE] [--repository URL] [--json]

Compiles the project and packs it into .edge/pulumi-iotedge-VERSION.tgz.

  --images FILE  image references by digest, for stacks that name none: what a release has
  --repository URL  where its source is, which npm compares with the pipeline that publishes it
  --json         print one JSON object
`;

try {
  const { values } = parseArgs({
    options: {
      images: { type: "string" },
      repository: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) process.stdout.write(help);
  else {
    const tell = (line: string) => process.stderr.write(`${line} ...\n`);
    const images = values.images === undefined ? {} : { images: resolve(values.images) };
    const { repository } = values;
    const projectDirectory = resolve(import.meta.dirname, "../..");
    const built = await buildPackage({ projectDirectory, repository, ...images, tell });
    const kilobytes = Math.ceil(built.bytes / 1000);
    const text = `${built.tarball}\n${built.files} files, ${kilobytes} kB packed. Install it: npm install ${built.tarball}\n`;
    process.stdout.write(values.json ? `${JSON.stringify(built)}\n` : text);
  }
} catch (error) {
  const isUsage = (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") ?? false;
  const code = error instanceof EdgeError ? `${error.code}: ` : "";
  const remedy = error instanceof EdgeError ? `\n  fix: ${error.remedy}` : "";
  process.stderr.write(
    isUsage ? `${(error as Error).message}\n${help}` : `error ${code}${(error as Error).message}${remedy}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
