import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { isJsonObject, type Json, type JsonObject, parseJson, withoutByteOrderMark } from "#base";
import { defaultModuleSettings } from "#contract";
import { assemble } from "./assemble.ts";
import { lookupIn } from "./fill-template.ts";
import { formatCheck } from "./format.ts";
import { judgeManifest } from "./judge.ts";

const manifests = ["runtime/edge-agent/fixtures/manifests", "test/fixtures/manifests"]
  .map((directory) => join(import.meta.dirname, "../..", directory))
  .flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)))
  .filter((file) => file.endsWith(".json"))
  .map((file) => parseJson(withoutByteOrderMark(readFileSync(file, "utf8"))))
  .filter(isJsonObject);

/** Letters that no word of the parser's own has one after the other. */
const word = fc.stringMatching(/^[qxzjk][qxzjk7-9]{4,9}$/);
/** What parsers take apart, and what they take for numbers and paths. */
const value = fc.oneof(
  word,
  word.map((text) => text.toUpperCase()),
  fc.stringMatching(/^[7-9]{4,12}$/),
  fc
    .tuple(word, fc.constantFrom(":", "=", "/", ",", "-", ".", " ", "@", "é", '\\"', "{}"), word)
    .map((parts) => parts.join("")),
  word.map((text) => `/${text}/${text}`),
  word.map((text) => `{"${text}":["${text}",[1]]}`),
  word.map((text) => `"${text}","${text}":"x`),
);
const form = fc.constantFrom<readonly [string, string]>(
  ["", ""],
  ["x", ""],
  ["", "/tcp"],
  ["/srv/", ":/x"],
  ["a:", ":7"],
  ["N=", ""],
);
const place = fc.record({ at: fc.nat(), form, isWhole: fc.boolean() });

/** The texts of a manifest one after the other, keys as well, each as `change` has it; options that are text from within. */
function changed(json: Json, change: (text: string) => string): Json {
  if (typeof json === "string") {
    const inner = /^\s*\{/.test(json) ? parseJson(json) : undefined;
    return isJsonObject(inner) ? JSON.stringify(changed(inner, change)) : change(json);
  }
  if (Array.isArray(json)) return json.map((item) => changed(item, change));
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [change(key), changed(item, change)]));
}

function textsOf(json: Json): string[] {
  const texts: string[] = [];
  changed(json, (text) => {
    texts.push(text);
    return text;
  });
  return texts;
}

const openSettings = {
  ...defaultModuleSettings,
  registryCredentials: true,
  policy: { ...defaultModuleSettings.policy, root: true, privileged: true, hostNetwork: true },
};

/** The modules of a manifest as a layer over the rest of it. */
function inLayers(manifest: JsonObject): readonly JsonObject[] {
  const twins = manifest.modulesContent as JsonObject | undefined;
  const section = twins?.$edgeAgent as JsonObject | undefined;
  const desired = section?.["properties.desired"] as JsonObject | undefined;
  if (!isJsonObject(desired?.modules)) return [manifest];
  const { modules, ...rest } = desired;
  const base = { modulesContent: { ...twins, $edgeAgent: { "properties.desired": rest } } };
  const changes = Object.entries(modules).map(([id, module]) => [`properties.desired.modules.${id}`, module]);
  return [base, { modulesContent: { $edgeAgent: Object.fromEntries(changes) } }];
}

it("tells nothing that a placeholder stands for, wherever it stands in whichever manifest", () => {
  let refusals = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...manifests),
      fc.array(fc.tuple(place, value), { minLength: 1, maxLength: 6 }),
      fc.constantFrom(defaultModuleSettings, openSettings),
      fc.boolean(),
      (manifest, places, settings, isLayered) => {
        const count = textsOf(manifest).length;
        const at = new Map(places.map(([one], index) => [one.at % count, { ...one, index }]));
        let index = -1;
        const template = changed(manifest, (text) => {
          index++;
          const here = at.get(index);
          if (here === undefined) return text;
          const [before, after] = here.form;
          return `${here.isWhole ? "" : text}${before}\${P${here.index}}${after}`;
        }) as JsonObject;
        const values = places.map(([, one]) => one);
        const parts = (isLayered ? inLayers(template) : [template]).map((one, index) => ({
          file: `${index}.json`,
          text: JSON.stringify(one, undefined, 1),
          template: one,
        }));
        const environment = (name: string) => values[Number(name.slice(1))];
        const lookup = lookupIn(undefined, { names: values.map((_, one) => `P${one}`), environment });
        const assembled = assemble(
          parts.map((one) => ({ template: one.template, lookup })),
          {},
        );
        const text = JSON.stringify(assembled.document);
        const judgement = judgeManifest(text, settings, "x", { parts, assembled });
        const result = { file: "deployment.json", judgements: [judgement] };
        const told = `${JSON.stringify(result)}\n${formatCheck(result)}`.toLowerCase();
        const secrets = values.flatMap((one) => one.toLowerCase().match(/[qxzjk7-9]{4,}/g) ?? []);
        for (const secret of secrets) expect(told).not.toContain(secret);
        if (!judgement.accepted) refusals++;
      },
    ),
    { numRuns: 400 },
  );
  expect(refusals).toBeGreaterThan(100);
});
