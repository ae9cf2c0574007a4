import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { formatCheck } from "../infra/manifest-check/format.ts";
import { judgeManifest } from "../infra/manifest-check/judge.ts";
import { defaultModuleSettings } from "../runtime/contract/module-settings.ts";
import { policyProfileNames, policyProfiles } from "../runtime/contract/policy-profiles.ts";

const page = readFileSync(new URL("module-rights.md", import.meta.url), "utf8");

it.each(policyProfileNames)("docs/module-rights.md says what profile %s is worth", (name) => {
  const { meaning, level, attackerGains } = policyProfiles[name];
  expect(page).toContain(`| \`${name}\` | ${meaning} | ${level} | ${attackerGains} |`);
});

it("docs/module-rights.md shows what the check says", () => {
  const database = {
    type: "docker",
    settings: { image: "registry.example.com/database:1.0", createOptions: { User: "root" } },
  };
  const desired = { schemaVersion: "1.1", modules: { database } };
  const document = { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
  const judgement = judgeManifest(
    JSON.stringify(document, null, 2),
    defaultModuleSettings,
    "an installation with defaults",
  );
  const [, shown] = /```console\n\$ npx edgectl manifest check deployment.json\n(.*?)```/s.exec(page) ?? [];
  expect(shown).toBe(formatCheck({ file: "deployment.json", judgements: [judgement] }));
});
