import type { Command } from "commander";
import { contextHelp, type Run } from "../terminal/index.ts";
import type { CheckFlags } from "./check-command.ts";

/** Adds `edgectl provisioning check`. */
export function addProvisioning(provisioning: Command, run: Run): void {
  provisioning
    .command("check")
    .description("try an installation's way to IoT Hub and its credential, before anything is deployed")
    .requiredOption("--stack <name>", "stack whose installation it is")
    .option("-n, --namespace <name>", "the installation's namespace; default: the only one that is connected")
    .option(
      "--secret <file>",
      "file with the Secret, as kubectl writes it, or - for standard input; default: the cluster's",
    )
    .option("--json", "print JSON", false)
    .option("--context <name>", contextHelp("cluster that has the Secret", "the one that the stack names"))
    .option("--kubeconfig <file>", "kubeconfig that has the context; default: $KUBECONFIG, else ~/.kube/config")
    .addHelpText("after", help)
    .action((flags: CheckFlags) => run(async (context) => (await import("./check-command.ts")).check(flags, context)));
}

const help = `
It is tried from this machine, by the code of iotedged and EdgeAgent; the cluster's network may be another. With the
provisioning service it registers the device, as iotedged would. Nothing of the credential is printed.

Examples:
  edgectl provisioning check --stack berlin
  kubectl create secret generic line-1-device --from-file=connectionString --dry-run=client -o yaml |
    edgectl provisioning check --stack berlin --secret -

Ends with 0 when nothing is wrong, with 3 when something is; warnings do not count.
`;
