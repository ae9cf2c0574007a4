import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "#base";
import { engines } from "../../deploy/index.ts";
import { contextHelp, type Run, timeoutOf } from "../../terminal/index.ts";
import { waitingSteps } from "../next-step.ts";
import type { RevokeFlags } from "./revocation.ts";
import type { RotateFlags } from "./rotate.ts";
import type { StepFlags } from "./run-stack.ts";
import type { TrustStatusFlags } from "./status.ts";

const silentErrors = { outputError: () => {} };
const defaultTimeout = 600;
const fleetCodes =
  "\nExit codes of a fleet: 0 complete, 3 halted, 4 partial: some failed, within the limits of their waves.";

/** Adds what `edgectl trust` has: who trusts what, rotations, and what to do when a key is in wrong hands. */
export function addTrust(trust: Command, run: Run): void {
  addStatus(trust, run);
  addRotate(trust, run);
  addAbort(trust, run);
  addRevoke(trust, run);
  for (const command of [trust, ...trust.commands]) command.exitOverride().configureOutput(silentErrors);
}

function addStatus(trust: Command, run: Run): void {
  const command = trust
    .command("status")
    .description("which CAs are deployed, who has loaded what, what blocks the next step, and what ends when")
    .option("--stack <name>", "only the installations of this stack")
    .option("--fail-before <time>", "end with 3 when a CA ends within this time, such as 30d", days)
    .option("--json", "print JSON", false);
  withFleet(withCluster(command))
    .addHelpText(
      "after",
      examples(
        "edgectl trust status",
        "edgectl trust status --stack local --fail-before 30d",
        "edgectl trust status --fleet --fail-before 30d",
      ),
    )
    .action((flags: TrustStatusFlags) =>
      run(async (context) => (await import("./status.ts")).trustStatusCommand(flags, context)),
    );
}

function addRotate(trust: Command, run: Run): void {
  const command = trust
    .command("rotate")
    .description("replace the root CA, or the workload CA, without a refused request; goes on where it stopped")
    .option("--workload-ca", "rotate the workload CA instead of the root", false)
    .option("--to <id>", "generation to end with; default: that of a rotation under way, else a new one");
  withForce(withChange(command))
    .addHelpText(
      "after",
      `${examples(
        "edgectl trust rotate --stack berlin",
        "edgectl trust rotate --stack berlin hamburg --to r2        one after the other",
        "edgectl trust rotate --stack berlin --installation line-1 --workload-ca",
        "edgectl trust rotate --fleet --to r2                       all of stacks/fleet.yaml, wave by wave",
        "edgectl trust rotate --fleet --to r2 --wave canary",
      )}${fleetCodes}`,
    )
    .action((flags: RotateFlags) =>
      run(async (context) => (await import("./rotate.ts")).rotateCommand(flags, context)),
    );
}

function addAbort(trust: Command, run: Run): void {
  const command = trust
    .command("abort")
    .description("take a rotation of the root back, as long as the old root is in the bundle");
  withForce(withChange(command))
    .addHelpText(
      "after",
      `${examples(
        "edgectl trust abort --stack berlin",
        "edgectl trust abort --fleet                                wherever a rotation is under way",
      )}${fleetCodes}`,
    )
    .action((flags: StepFlags) => run(async (context) => (await import("./abort.ts")).abortCommand(flags, context)));
}

function addRevoke(trust: Command, run: Run): void {
  const command = trust
    .command("revoke-root <id>")
    .description("take a root out of the bundle at once, because its key is in wrong hands; says what that breaks")
    .option("--yes", "do it; without, only say what it would break", false);
  withChange(command)
    .addHelpText(
      "after",
      `${examples(
        "edgectl trust revoke-root r1 --stack berlin --yes",
        "edgectl trust revoke-root r1 --fleet --yes                 all clusters at once, whatever fails",
      )}\nExit codes of a fleet: 0 nobody trusts it, 4 some do, or have not followed; run it again.`,
    )
    .action((id: string, flags: RevokeFlags) =>
      run(async (context) => (await import("./revoke.ts")).revokeCommand(id, flags, context)),
    );
}

function withFleet(command: Command): Command {
  return command
    .addOption(
      new Option("--fleet [file]", "the clusters of a fleet file; default: stacks/fleet.yaml").conflicts([
        "stack",
        "installation",
        "context",
        "kubeconfig",
      ]),
    )
    .option("--wave <names...>", "only these waves of the fleet")
    .option("--cluster <names...>", "only these clusters of the fleet");
}

/** What a command that changes stacks, or the stacks of a fleet, has to know. */
function withChange(command: Command): Command {
  return withFleet(withCluster(command))
    .option("--stack <names...>", "stacks, one after the other")
    .option("--installation <namespaces...>", "only these installations; default: all of the stack")
    .addOption(new Option("--engine <engine>", "who deploys; as with `edgectl up`").choices(engines))
    .option("--timeout <seconds>", "how long to wait for a step, or a time such as 5m", timeoutOf, defaultTimeout)
    .option("--json", "of a fleet: print JSON", false);
}

function withForce(command: Command): Command {
  return command
    .addOption(new Option("--force <step>", "take this step in spite of what blocks it").choices([...waitingSteps]))
    .option("--reason <text>", "why; goes into an Event");
}

function withCluster(command: Command): Command {
  return command
    .option("--context <name>", contextHelp("cluster", "the one that the stack names"))
    .option("--kubeconfig <file>", "kubeconfig that has the context; default: $KUBECONFIG, else ~/.kube/config");
}

/** Milliseconds of a time such as `30d` or `12h`. */
function days(text: string): number {
  if (/^\d{1,5}[dh]$/.test(text)) return parseDuration(text);
  throw new InvalidArgumentError("It must be a number of days or hours, such as 30d.");
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
