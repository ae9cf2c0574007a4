import type { Command } from "commander";
import type { Run } from "../terminal/index.ts";
import type { ImagesFlags } from "./commands/images.ts";
import type { LoadFlags, MirrorFlags, SaveFlags } from "./commands/images-copy.ts";

const buildsThem = () => import("./commands/images.ts");
const copiesThem = () => import("./commands/images-copy.ts");

/** What of `edgectl images` a checkout alone can do. */
export function addBuildingOfImages(images: Command, run: Run): void {
  const withFile = (command: Command) =>
    withJson(
      command
        .option("--images-file <file>", "file that gets the references; default: .edge/images.json")
        .option("--platform <list>", "such as linux/amd64,linux/arm64; default: this machine's")
        .option("--source <url>", "where the code is, for the images' annotations")
        .option("--revision <commit>", "commit that is built, for the images' annotations")
        .option("--locked", "fail where the mirror has other packages than the lock file", false),
    );
  withFile(images.command("build").description("build them; needs no container engine")).action((flags: ImagesFlags) =>
    run(async (context) => (await buildsThem()).imagesBuild(flags, context)),
  );
  withFile(images.command("push").description("build them and push them to a registry"))
    .requiredOption("--registry <registry>", "registry and path, such as registry.example.com/iotedge")
    .option("--insecure", "speak plain HTTP, or do not verify the registry's certificate", false)
    .addHelpText(
      "after",
      examples(
        "edgectl images push --registry registry.example.com/iotedge",
        "edgectl images push --registry registry.example.com/iotedge --platform linux/amd64,linux/arm64 --locked",
      ),
    )
    .action((flags: ImagesFlags & { registry: string; insecure: boolean }) =>
      run(async (context) => (await buildsThem()).imagesPush(flags, context)),
    );
  withJson(
    images.command("update").description("pin the newest packages of Debian in the lock file of the images"),
  ).action((flags: { json: boolean }) => run(async (context) => (await buildsThem()).imagesUpdate(flags, context)));
}

/** What of `edgectl images` copies images between registries and files. */
export function addCopyingOfImages(images: Command, run: Run, isCheckout: boolean): void {
  withSources(images.command("save"))
    .description("save images with their digests, for where there is no internet; needs skopeo")
    .requiredOption("--out <path>", "folder to make, or archive where it ends with .tar")
    .addHelpText("after", examples("edgectl images save --stack plant --out plant-images.tar"))
    .action((flags: SaveFlags) => run(async (context) => (await copiesThem()).imagesSave(flags, context)));
  const load = images
    .command("load")
    .argument(isCheckout ? "[path]" : "<path>", "what `images save` wrote")
    .description(
      isCheckout
        ? "bring saved images into a registry; without a path: build the runtime's and load them into the local cluster"
        : "bring saved images into a registry; needs skopeo",
    )
    .option("--registry <registry>", "registry and path, such as registry.local:5000/iotedge");
  withTarget(load)
    .addHelpText(
      "after",
      examples("edgectl images load plant-images.tar --registry registry.local:5000/iotedge --images-file images.json"),
    )
    .action((path: string | undefined, flags: LoadFlags) =>
      run(async (context) => {
        if (path !== undefined) return (await copiesThem()).imagesLoadSaved(path, flags, context);
        return (await buildsThem()).imagesLoad(flags, context);
      }),
    );
  withTarget(withSources(images.command("mirror")))
    .description("copy images with their digests from their registries into another; needs skopeo")
    .requiredOption("--registry <registry>", "registry and path, such as registry.local:5000/iotedge")
    .addHelpText(
      "after",
      examples("edgectl images mirror --stack plant --registry registry.local:5000/iotedge --images-file images.json"),
    )
    .action((flags: MirrorFlags) => run(async (context) => (await copiesThem()).imagesMirror(flags, context)));
}

function withSources(command: Command): Command {
  return withJson(command)
    .option("--stack <name>", "all images of a stack, those of its modules too")
    .option("--from <file>", "the images of a list, such as .edge/images.json")
    .option("--image <key=reference...>", "further ones, such as modules.web=docker.io/library/nginx:1.29", [])
    .option("--insecure-source", "speak plain HTTP where they are, or do not verify certificates", false);
}

function withTarget(command: Command): Command {
  return (command.options.some(({ long }) => long === "--json") ? command : withJson(command))
    .option("--images-file <file>", "list that gets their references there")
    .option("--insecure", "speak plain HTTP to the registry, or do not verify its certificate", false);
}

function withJson(command: Command): Command {
  return command.option("--json", "print JSON", false);
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
