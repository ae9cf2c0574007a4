import { imageLayout, proxyCommand, proxyEnvironment, stopSignal } from "../proxy/index.ts";
import type { Entry, ImageConfig } from "./content.ts";
import type { BuildContext } from "./context.ts";
import { type DebianTree, treeFromLock } from "./debian-tree.ts";
import { nodeBase } from "./node-base.ts";
import { type NodePackage, nodePackage } from "./node-package.ts";
import type { Bundle } from "./node-programs.ts";
import type { PackagesLock } from "./packages-lock.ts";
import type { Architecture } from "./platform.ts";
import { proxyContent } from "./proxy-content.ts";
import { shippedDebian, shippedNode, shippedNpm } from "./shipped-packages.ts";
import type { ShippedPackage } from "./spdx.ts";

const megabyte = 1_000_000;

/** One of the runtime's images. */
export interface ImageDefinition {
  /** As it is called on the command line and in registries. */
  readonly name: "iotedged" | "edge-agent" | "proxy" | "sample";
  /** Folder in `runtime/` whose `main.ts` the image runs, where it is a Node program. */
  readonly program?: string;
  /** Limit of the size of all files together, in bytes. */
  readonly budgetBytes: number;
  readonly config: ImageConfig;
}

/** Content of an image: the layer that it shares with others, and its own. */
export interface ImageContent {
  readonly base: readonly Entry[];
  readonly own: readonly Entry[];
  /** What of others is in it; nothing is known of images that tests make. */
  readonly shipped?: readonly ShippedPackage[];
}

const programPath = "/app/main.mjs";

/** How Node.js runs a program of an image: for memory that stays small, at next to no cost in CPU. */
export const nodeRuntime = {
  flags: [
    // The heap may take half of the container's memory limit; the rest is for buffers and the program itself.
    "--max-old-space-size-percentage=50",
    // What requests leave behind is collected every 4 MB, not every 16: a daemon has little that lives on.
    "--max-semi-space-size=4",
    // Of them next to nothing lives on: to wake other threads for it takes more time than they save.
    "--no-parallel-scavenge",
    // Else V8 allocates objects of requests in the old space, which only a full collection frees.
    "--no-allocation-site-pretenuring",
    // The whole heap is collected when it has grown by this much since the last time, not by 30 %.
    "--heap-growing-percent=60",
    // Maglev, V8's middle compiler, takes 13 MB; TurboFan soon compiles the same code again.
    "--no-maglev",
  ],
  // With an arena for each thread, memory that one has freed is of no use to the others.
  environment: { MALLOC_ARENA_MAX: "1" },
} as const;

function nodeImage(name: ImageDefinition["name"], program: string, title: string): ImageDefinition {
  return {
    name,
    program,
    budgetBytes: 140 * megabyte,
    config: {
      entrypoint: ["/bin/node", ...nodeRuntime.flags, programPath],
      environment: { NODE_ENV: "production", ...nodeRuntime.environment },
      labels: labels(title),
    },
  };
}

function labels(title: string): Record<string, string> {
  return { "org.opencontainers.image.title": title };
}

/** All images, in the order in which they are built. */
export const imageCatalog: readonly ImageDefinition[] = [
  nodeImage("iotedged", "iotedged", "IoT Edge security daemon for Kubernetes"),
  nodeImage("edge-agent", "edge-agent", "IoT Edge agent for Kubernetes"),
  {
    name: "proxy",
    budgetBytes: 25 * megabyte,
    config: {
      entrypoint: proxyCommand(imageLayout),
      stopSignal,
      environment: proxyEnvironment(imageLayout),
      labels: labels("Proxy from a module to iotedged"),
    },
  },
  nodeImage("sample", "sample-module", "Sample IoT Edge module"),
];

/** What images for one architecture are made from. */
export interface ImageParts {
  readonly architecture: Architecture;
  readonly debian: DebianTree;
  /** Node, and the layer that all images of a Node program share; where one of them is built. */
  readonly node?: { readonly package: NodePackage; readonly base: readonly Entry[] };
}

/** Fetches and unpacks what the images for an architecture are made from. Nothing of it runs here. */
export async function imageParts(
  context: BuildContext,
  lock: PackagesLock,
  architecture: Architecture,
  definitions: readonly ImageDefinition[],
): Promise<ImageParts> {
  const debian = await treeFromLock(context, lock, architecture);
  if (definitions.every(({ program }) => program === undefined)) return { architecture, debian };
  const node = await nodePackage(context, lock.node, architecture);
  return { architecture, debian, node: { package: node, base: await nodeBase(context, debian, node) } };
}

/** Collects what an image consists of. `bundles` holds the programs by the name of their folder. */
export async function imageContent(
  context: BuildContext,
  definition: ImageDefinition,
  { architecture, debian, node }: ImageParts,
  bundles: ReadonlyMap<string, Bundle>,
): Promise<ImageContent> {
  if (definition.program === undefined) {
    const own = await proxyContent(context, debian);
    return { base: [], own, shipped: await shippedDebian(context, debian, own, architecture) };
  }
  const bundle = bundles.get(definition.program);
  if (bundle === undefined || node === undefined) throw new Error(`the program ${definition.program} was not bundled`);
  const shipped = [
    ...(await shippedDebian(context, debian, node.base, architecture)),
    shippedNode(node.package, architecture),
    ...(await shippedNpm(bundle.packages)),
  ];
  return { base: node.base, own: [{ path: programPath, mode: 0o644, bytes: bundle.bytes }], shipped };
}
