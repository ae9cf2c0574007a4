import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { derive } from "./derive.ts";
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
