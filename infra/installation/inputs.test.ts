import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { derive, plainText, refuseSecret } from "./inputs.ts";
import { settled } from "./test/recorded-program.ts";

describe("derive", () => {
  const sum = ({ a, b }: { a: number; b: readonly number[] }) => a + b.reduce((total, item) => total + item, 0);

  it("stays plain where everything given is", () => {
    expect(derive({ a: 1, b: [2, 3] }, sum)).toBe(6);
  });

  it.each([
    ["at the top", { a: pulumi.output(1), b: [2, 3] }],
    ["in a list", { a: 1, b: [2, pulumi.output(3)] }],
    ["as a promise", { a: 1, b: [2, Promise.resolve(3)] }],
  ])("waits for an output %s", async (_, given) => {
    const made = derive(given, sum);
    expect(pulumi.Output.isInstance(made)).toBe(true);
    expect(await settled(pulumi.output(made))).toBe(6);
  });

  it("passes on that a value is a secret", async () => {
    const made = derive({ a: pulumi.secret(1), b: [2] }, sum);
    expect(await pulumi.isSecret(made as pulumi.Output<number>)).toBe(true);
  });
});

describe("plainText", () => {
  it("refuses a secret on its way to a ConfigMap", async () => {
    await expect(refuseSecret("edge-a", "deployment", pulumi.secret("password"))).rejects.toMatchObject({
      code: "EDGE_INSTALLATION_SECRET",
      message: expect.not.stringContaining("password"),
    });
  });

  it("lets through what is no secret", async () => {
    expect(plainText("edge-a", "deployment", "plain")).toBe("plain");
    const output = plainText("edge-a", "deployment", pulumi.output("output"));
    expect(await settled(pulumi.output(output))).toBe("output");
  });
});
