import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { isRepeatable, resumeHint } from "./resume-hint.ts";

describe("how to go on after Ctrl-C", () => {
  it("is the same command line, as a shell reads it", () => {
    expect(resumeHint(["up", "--stack", "berlin", "--kubeconfig", "/tmp/it's here"])).toBe(
      "Interrupted. What is done stays. Go on with: npx edgectl up --stack berlin --kubeconfig '/tmp/it'\\''s here'",
    );
  });

  it("is told of what deploys, and not of commands of the same name in a group", () => {
    const program = new Command("edgectl");
    const [up, group] = [program.command("up"), program.command("cluster")];
    expect([up, group.command("up"), program.command("status")].map(isRepeatable)).toEqual([true, false, false]);
  });
});
