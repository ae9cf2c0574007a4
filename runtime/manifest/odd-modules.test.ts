import { expect, it } from "vitest";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { oddModules, oddSettings, oddVariables } from "../../test/fixtures/odd-modules.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const image = "registry.example.com/sample:1.0";

/** Test/integration/edge-agent-odd-manifests asks a real API server about the same. */
it("what Kubernetes refuses is refused before, with its place, and what it takes is taken", async () => {
  const texts = [
    ...oddModules.map(({ what, modules }) => {
      const entries = Object.entries(modules).map(([id, createOptions]) => [
        id,
        { settings: { image, createOptions } },
      ]);
      return [what, manifestText(Object.fromEntries(entries))] as const;
    }),
    ...oddVariables.map(
      ({ what, valueFrom }) =>
        [`variable of ${what}`, manifestText({ odd: { env: { A: { valueFrom } }, settings: { image } } })] as const,
    ),
  ];
  const told = texts.flatMap(([what, text]) => {
    const parsed = parseManifest(text, oddSettings);
    const errors = parsed.ok ? [] : parsed.errors.map((one) => `  error    ${describeProblem(one)}`);
    const warnings = parsed.warnings.map((one) => `  warning  ${describeProblem(one)}`);
    return [`${what}: ${parsed.ok ? "taken" : "refused"}`, ...errors, ...warnings];
  });
  await expect(`${told.join("\n")}\n`).toMatchFileSnapshot("golden/odd-modules.txt");
});
