import { join } from "node:path";
import { type BuiltImage, commitImages } from "../../../runtime/images/build-images.ts";
import type { BuildContext } from "../../../runtime/images/context.ts";
import { machineArchitecture } from "../../../runtime/images/platform.ts";
import { systemFiles } from "../../../runtime/images/system-files.ts";

const program = "/app/stand-in";
/** Health checks that manifests of the corpus name. */
const checks = ["/app/healthy", "/bin/ready", "/bin/sh"];
const budgetBytes = 2_000_000;

/** Builds an image of one small program that takes the place of any module of the corpus. */
export async function buildStandIn(context: BuildContext): Promise<BuiltImage> {
  const file = await context.cache.path("parts", "stand-in");
  const source = join(import.meta.dirname, "stand-in.c");
  await context.toolbox.run("gcc", ["-Os", "-static", "-s", "-o", file, source]);
  const own = [
    ...systemFiles,
    { path: program, mode: 0o755, file },
    ...checks.map((path) => ({ path, link: program })),
  ];
  const config = { entrypoint: [program], environment: {}, labels: {} };
  const [built] = await commitImages(context, [
    {
      definition: { name: "stand-in", budgetBytes, config },
      contents: new Map([[machineArchitecture(), { base: [], own }]]),
    },
  ]);
  if (built === undefined) throw new Error("no image was built");
  return built;
}
