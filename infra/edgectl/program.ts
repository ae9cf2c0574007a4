import process from "node:process";
import { Command, Option } from "commander";
import type { Engine } from "../deploy/index.ts";
import type { IpFamilies } from "../local-cluster/index.ts";
import type { Pipeline } from "../new-project/index.ts";
import { contextHelp, isCheckout, type Run, timeoutOf, wrapParagraphs } from "../terminal/index.ts";
import type { ClusterUpFlags } from "./commands/cluster.ts";
import type { DownFlags } from "./commands/down.ts";
import type { InitFlags } from "./commands/init.ts";
import type { RenderFlags } from "./commands/render.ts";
import type { StartFlags } from "./commands/start.ts";
import type { StatusFlags } from "./commands/status.ts";
import type { UpFlags } from "./commands/up.ts";
import { addCompletion } from "./completion/commands.ts";
import { edgectlErrors } from "./errors.ts";
import { addBuildingOfImages, addCopyingOfImages } from "./image-commands.ts";
import { spellOutputOnce } from "./output-options.ts";
import { addRoomCommands } from "./room-commands.ts";

export interface ProgramOptions {
  readonly version: string;
  /** Of the terminal that shows help. @default 80 */
  readonly columns?: number | undefined;
}

/** Commands that build something. The npm package has them for nothing but their error. */
const buildCommands = ["start", "stop", "cluster"];
const buildingOfImages = ["build", "push", "update"];
/** Errors are reported in one place, and in one form. */
const silentErrors = { outputError: () => {} };
/** As in `deploy`, which help does not load: the compiler keeps the two lists the same. */
const engines = Object.keys({ pulumi: true, render: true } satisfies Record<Engine, true>);
/** As in `new-project`, which help does not load. */
const pipelines = Object.keys({ github: true, gitlab: true } satisfies Record<Pipeline, true>);
/** As in `local-cluster`, which help does not load. */
const ipFamilies = Object.keys({ ipv4: true, ipv6: true, dual: true } satisfies Record<IpFamilies, true>);
const defaultTimeout = 300;
const usualWidth = 80;
const stacksOwn = "the one that the stack names";

/**
 * edgectl's commands, options and help.
 *
 * @param args the command line: only rooms that it names are loaded
 */
export async function createProgram(options: ProgramOptions, run: Run, args: readonly string[]): Promise<Command> {
  const { version, columns = usualWidth } = options;
  const program: Command = new Command("edgectl")
    .description("IoT Edge modules in Kubernetes namespaces: renders, deploys and watches installations.")
    .version(version)
    .option("--project <dir>", "directory of Pulumi.yaml; default: the nearest above")
    .configureHelp({
      sortSubcommands: false,
      showGlobalOptions: true,
      // A command that has subcommands may do something itself: its options are not theirs.
      visibleGlobalOptions: (command) => (command === program ? [] : program.options.filter(isProject)),
    })
    .exitOverride()
    .configureOutput({
      ...silentErrors,
      getOutHelpWidth: () => columns,
      writeOut: (text) => void process.stdout.write(wrapParagraphs(text, columns)),
    });
  if (isCheckout) addStart(program, run);
  addInit(program, run);
  addRender(program, run);
  addUp(program, run);
  addDown(program, run);
  addStatus(program, run);
  addImages(program, run);
  if (isCheckout) addCluster(program, run);
  else for (const name of buildCommands) refuseOutsideCheckout(program.command(name, { hidden: true }), run);
  addCompletion(program, run, (words) => createProgram({ version }, run, words));
  // Subcommands do not inherit how their parent ends.
  for (const command of [...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride().configureOutput(silentErrors);
  }
  await addRoomCommands(program, run, args);
  spellOutputOnce(program);
  refuseHelpOfNothing(program);
  return program;
}

/** The one option that every command has. `--version` is edgectl's own. */
function isProject({ long }: Option): boolean {
  return long === "--project";
}

/** Else `edgectl rback --help` would print the help of edgectl and end with 0. */
function refuseHelpOfNothing(program: Command): void {
  program.on("beforeAllHelp", ({ command }: { readonly command: Command }) => {
    const [first, topic] = command.args;
    const name = first === "help" && command.commands.every((one) => one.name() !== topic) ? topic : first;
    if (first === "help" && name !== undefined && name !== "help") {
      command.error(`error: unknown command '${name}'`, { code: "commander.unknownCommand" });
    }
    if (command.commands.length === 0 || name === undefined || name.startsWith("-") || name === "help") return;
    command.error(`error: unknown command '${name}'`, { code: "commander.unknownCommand" });
  });
}

function addStart(program: Command, run: Run): void {
  const start = program
    .command("start")
    .description("start everything: local cluster, images, stack; then show what runs and let a module sign")
    .option("--stack <name>", "stack to deploy", "local")
    .addOption(withIpFamilies().conflicts("context"))
    .option("--registry <registry>", "with --context: build the images and push them there")
    .option("--insecure", "speak plain HTTP to the registry, or do not verify its certificate", false);
  withCluster(start, "cluster to use instead of a local one");
  withChecks(withDeployment(start));
  withJson(start).addHelpText(
    "after",
    examples(
      "edgectl start",
      "edgectl start --ip-families dual        its pods and Services have addresses of IPv4 and IPv6",
      "edgectl start --context factory-3 --registry registry.example.com/iotedge",
      "edgectl start --context kind-dev         builds the images, and loads them by kind; so for k3d, minikube, k3s, MicroK8s",
      "edgectl start --context factory-3        the images of .edge/images.json are in a registry already",
    ),
  );
  start.action((flags: StartFlags) =>
    run(async (context) => (await import("./commands/start.ts")).startCommand(flags, context)),
  );
  const stop = program
    .command("stop")
    .description("stop the local cluster with all that is in it; with --context: take the stack down there")
    .option("--stack <name>", "stack to take down", "local");
  withCluster(stop, "cluster in which to take the stack down");
  withDeployment(stop);
  withJson(stop).addHelpText("after", examples("edgectl stop", "edgectl stop --context factory-3"));
  stop.action((flags: DownFlags) =>
    run(async (context) => (await import("./commands/stop.ts")).stopCommand(flags, context)),
  );
}

function refuseOutsideCheckout(command: Command, run: Run): void {
  const group = command.parent?.parent ? `${command.parent.name()} ` : "";
  const words = `${group}${command.name()}`;
  const refuse = async () => {
    throw edgectlErrors.EDGE_CLI_CHECKOUT_ONLY({ command: words });
  };
  command
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => run(refuse));
}

function addInit(program: Command, run: Run): void {
  program
    .command("init")
    .description("make a project: Pulumi program, stack, deployment manifest")
    .argument("[dir]", "its directory; default: this one")
    .option("--name <name>", "the project's name; default: the directory's")
    .option("--stack <name>", "name of its first stack", "dev")
    .option("--images <file>", "image references that `edgectl images push` wrote; default: the release's")
    .addOption(new Option("--pipeline <kind>", "also write a pipeline that shows RBAC diffs").choices(pipelines))
    .option("--json", "print JSON", false)
    .addHelpText("after", examples("edgectl init plant", "edgectl init --stack berlin --pipeline github"))
    .action((dir: string | undefined, flags: InitFlags) =>
      run(async (context) => (await import("./commands/init.ts")).initCommand(dir, flags, context)),
    );
}

function addRender(program: Command, run: Run): void {
  program
    .command("render")
    .description("print the Kubernetes objects of a stack; needs no cluster and no Pulumi CLI")
    .requiredOption("--stack <name>", "stack to render")
    .addOption(new Option("-o, --output <format>", "format on stdout").choices(["yaml", "json"]).default("yaml"))
    .option("--out <dir>", "write one file per object instead, and remove those of earlier runs")
    .option("--show-secrets", "show values of Secrets", false)
    .option("--cluster-objects", "only what is cluster-scoped, for the administrator who makes it", false)
    .addOption(
      new Option(
        "--gitops <dir>",
        "write manifests without secrets for Flux or Argo CD, and a kustomization",
      ).conflicts(["out", "output", "showSecrets", "makeKeys"]),
    )
    .option(
      "--sops-age <recipients...>",
      "with --gitops: make the keys of the Secrets that `existingSecret` names, encrypted for these by sops; those that are in the folder stay",
    )
    .option("--push <oci-url>", "with --gitops: also push them as an artifact for Flux; needs skopeo")
    .option("--source <url>", "with --push: where they come from, as Flux shows it")
    .option("--revision <revision>", "with --push: of which revision they are, such as main@sha1:COMMIT")
    .option("--insecure", "with --push: speak plain HTTP, or do not verify the registry's certificate", false)
    .option(
      "--readme",
      "with --gitops: also write a README.md that lists the Secrets that must be in the cluster",
      false,
    )
    .option("--make-keys", "make the keys that are missing and keep them: for manifests that others deploy", false)
    .addHelpText(
      "after",
      examples(
        "edgectl render --stack local",
        "edgectl render --stack local -o json | jq -r '.items[].kind'",
        "edgectl render --stack local --out manifests",
        "edgectl render --stack local --gitops clusters/factory-3/iotedge",
        "edgectl render --stack local --gitops rendered --push oci://registry.example.com/fleet/factory-3:stable",
        "edgectl render --stack local --cluster-objects | kubectl apply --server-side -f -",
        "edgectl render --stack local --out manifests --make-keys --show-secrets        for whoever deploys them",
      ),
    )
    .action((flags: RenderFlags) =>
      run(async (context) => (await import("./commands/render.ts")).renderCommand(flags, context)),
    );
}

function addUp(program: Command, run: Run): void {
  const up = program
    .command("up")
    .description("deploy a stack and wait until all of it runs")
    .requiredOption("--stack <name>", "stack to deploy")
    .option("--adopt", "take over objects that exist already and belong to no stack", false);
  withChecks(up);
  withCluster(up, contextHelp("cluster to deploy to", stacksOwn));
  withDeployment(up);
  withJson(up).addHelpText(
    "after",
    examples("edgectl up --stack local", "edgectl up --stack berlin --context factory-3 --engine render"),
  );
  up.action((flags: UpFlags) => run(async (context) => (await import("./commands/up.ts")).upCommand(flags, context)));
}

function addDown(program: Command, run: Run): void {
  const down = program
    .command("down")
    .description("delete all that a stack has deployed, and wait until it is gone")
    .requiredOption("--stack <name>", "stack to take down");
  withCluster(down, contextHelp("cluster to take it down in", stacksOwn));
  withDeployment(down);
  withJson(down).addHelpText("after", examples("edgectl down --stack local"));
  down.action((flags: DownFlags) =>
    run(async (context) => (await import("./commands/down.ts")).downCommand(flags, context)),
  );
}

function addStatus(program: Command, run: Run): void {
  const status = program
    .command("status")
    .description("show how installations fare; ends with 1 when something is not right")
    .option("--stack <name>", "only the installations of this stack, also those that are missing");
  status.option("-n, --namespace <name>", "only the installation in this namespace");
  withCluster(status, contextHelp("cluster to look at", stacksOwn));
  withJson(status).addHelpText("after", examples("edgectl status", "edgectl status --stack local --json"));
  status.action((flags: StatusFlags) =>
    run(async (context) => (await import("./commands/status.ts")).statusCommand(flags, context)),
  );
}

function addCluster(program: Command, run: Run): void {
  const cluster = program.command("cluster").description("a real single-node Kubernetes on this machine");
  const load = () => import("./commands/cluster.ts");
  cluster
    .command("build")
    .description("compile its programs; takes minutes the first time")
    .action(() => run(async (context) => (await load()).clusterBuild(context)));
  const up = cluster.command("up").description("start it, and print the path of its kubeconfig");
  withJson(up.addOption(withIpFamilies())).action((flags: ClusterUpFlags) =>
    run(async (context) => (await load()).clusterUp(flags, context)),
  );
  cluster
    .command("down")
    .description("stop it, and remove all that it has made")
    .action(() => run(async (context) => (await load()).clusterDown(context)));
  withJson(cluster.command("status").description("show its processes; ends with 1 when it does not run")).action(
    (flags) => run(async (context) => (await load()).clusterStatusCommand(flags, context)),
  );
  cluster
    .command("env")
    .description("print what has a shell use the cluster's kubectl and kubeconfig")
    .addHelpText("after", examples('eval "$(npx edgectl cluster env)"'))
    .action(() => run(async (context) => (await load()).clusterEnv(context)));
  cluster
    .command("load <archives...>")
    .description("load images from docker-archive or OCI archive files")
    .action((archives: string[]) => run(async (context) => (await load()).clusterLoad(archives, context)));
}

function addImages(program: Command, run: Run): void {
  const images = program
    .command("images")
    .description("container images: build, push, copy to where there is no internet");
  if (isCheckout) addBuildingOfImages(images, run);
  else for (const name of buildingOfImages) refuseOutsideCheckout(images.command(name, { hidden: true }), run);
  addCopyingOfImages(images, run, isCheckout);
}

function withCluster(command: Command, description: string): Command {
  return command
    .option("--context <name>", description)
    .option("--kubeconfig <file>", "kubeconfig that has the context; default: $KUBECONFIG, else ~/.kube/config");
}

function withIpFamilies(): Option {
  const description = "addresses that pods and Services of the local cluster get; default: ipv4, or what runs";
  return new Option("--ip-families <families>", description).choices(ipFamilies);
}

function withDeployment(command: Command): Command {
  const engine = "who deploys; default: who did it before, else pulumi where it is installed";
  return command
    .addOption(new Option("--engine <engine>", engine).choices(engines))
    .option("--timeout <seconds>", "how long to wait, or a time such as 5m", timeoutOf, defaultTimeout);
}

function withChecks(command: Command): Command {
  return command.option("--ignore-checks", "deploy also where `edgectl check --pre` finds something wrong", false);
}

function withJson(command: Command): Command {
  return command.option("--json", "print JSON", false);
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
