import type { Command } from "commander";
import { contextHelp, type Run, secondsOf } from "../../terminal/index.ts";
import type { SupportBundleFlags } from "./support-bundle.ts";

/** Adds `edgectl support-bundle`, which works with the rights of who calls it. */
export function addSupportBundle(program: Command, run: Run): void {
  program
    .command("support-bundle")
    .description("put logs, Events and redacted objects of an installation into a zip file, for who is to help")
    .option("-n, --namespace <name>", "the installation's namespace; default: the only one that there is")
    .option("--stack <name>", "the installation of this stack, in its cluster; of several, name one by --namespace")
    .option("--out <file>", "file to write, or - for stdout; default: iotedge-support-NAMESPACE-TIME.zip")
    .option("--force", "overwrite the file", false)
    .option("--since <time>", "only logs that are not older, such as 90s, 15m, 2h or 1d; default: 1d", secondsOf)
    .option(
      "--metrics",
      "also metrics of iotedged, EdgeAgent and the proxies; takes the right to get pods/proxy",
      false,
    )
    .option("--json", "print a summary as JSON", false)
    .option("--context <name>", contextHelp("cluster to use", "the one that the stack names"))
    .option("--kubeconfig <file>", "kubeconfig that has the context; default: $KUBECONFIG, else ~/.kube/config")
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText("after", help)
    .action((flags: SupportBundleFlags) =>
      run(async (context) => (await import("./support-bundle.ts")).supportBundleCommand(flags, context)),
    );
}

const help = `
It never has a Secret, the value of an environment variable, a command, or what looks like a token or a private key.
What you may not read is missing from it, and is told. ClusterRole view has no pods/proxy, which --metrics takes: that
right reaches every port of every pod.

Examples:
  edgectl support-bundle -n edge-a
  edgectl support-bundle -n edge-a --since 2h --out case-4711.zip
  edgectl support-bundle -n edge-a --metrics
  edgectl support-bundle -n edge-a --out - | ssh helper 'cat > bundle.zip'
`;
