import { describe, expect, it } from "vitest";
import { commandOutput, runCommand } from "./command.ts";

const node = (program: string) => [process.execPath, ["-e", program]] as const;

describe("runCommand", () => {
  it("gives exit code and output, and hands over the input", async () => {
    const echo = node(`process.stdin.pipe(process.stdout).on("error", () => {}); process.exitCode = 3`);
    expect(await runCommand(...echo, { input: "ping" })).toEqual({ code: 3, stdout: "ping", stderr: "" });
  });

  it("reports whole lines of both streams as they come", async () => {
    const lines: string[] = [];
    await runCommand(...node(`process.stdout.write("a"); console.log("b"); console.error("c")`), {
      onLine: (line) => lines.push(line),
    });
    expect(lines.toSorted()).toEqual(["ab", "c"]);
  });

  it("bounds what a command may print", async () => {
    const endless = node(`const chunk = "x".repeat(1 << 20); for (let i = 0; i < 8; i++) process.stdout.write(chunk)`);
    await expect(runCommand(...endless)).rejects.toThrow("printed more than");
  });

  it("rejects when there is no such program", async () => {
    await expect(runCommand("/nonexistent/go", [])).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("commandOutput", () => {
  it("rejects with the command's own message", async () => {
    await expect(commandOutput(...node(`console.error("no such chain"); process.exit(1)`))).rejects.toThrow(
      "exit code 1: no such chain",
    );
  });
});
