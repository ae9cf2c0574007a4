import { grants, type Plain, type PlainMap } from "./objects.ts";
import { Random } from "./random.ts";
import { YamlWriter } from "./write-yaml.ts";

/** A file of manifests, spelled in a way that few people would choose. */
export function spell(seed: number): Uint8Array {
  const random = new Random(seed);
  const objects = wrapped(random, grants(random, `spelling-${seed}`));
  const text = random.chance(15) ? asJson(random, objects) : asYaml(random, objects);
  return encode(random, random.chance(25) ? damage(random, text) : text);
}

/** As they are, or in lists, also in what is only by its content one. */
function wrapped(random: Random, objects: readonly PlainMap[]): readonly PlainMap[] {
  if (!random.chance(20)) return objects;
  const list = (items: readonly Plain[]): PlainMap => ({
    apiVersion: "v1",
    kind: random.pick(["List", "List", "List", "List", "ConfigMap"]),
    items,
  });
  const whole = list(random.chance(5) ? [list(objects)] : objects);
  if (!random.chance(30)) return [whole];
  const [first] = objects;
  const { kind = "", apiVersion = "", ...bare } = first ?? {};
  return [{ apiVersion, kind: random.pick([`${String(kind)}`, "List"]), items: [bare] }, ...objects.slice(1)];
}

function asJson(random: Random, objects: readonly PlainMap[]): string {
  const indent = random.pick([undefined, 1, "\t"]);
  const texts = objects.map((object) =>
    JSON.stringify(object, null, indent).replaceAll("a", () => (random.chance(2) ? "\\u0061" : "a")),
  );
  const before = random.pick(["", "", "", "\n ", "\n\n"]);
  return (
    before +
    texts.join(random.pick(["\n", "", "\r\n", "\n---\n", " ", "\n\n---\n\n"])) +
    random.pick(["", "", "\n", "\n", "\n---\n", "\u0085"])
  );
}

function asYaml(random: Random, objects: readonly PlainMap[]): string {
  const before = random.pick([
    "",
    "",
    "",
    "---\n",
    "# first\n---\n",
    "---  \n",
    "",
    "",
    "--- # first\n",
    "\n\n",
    "\ufeff",
    "---\n---\n",
  ]);
  const documents = objects.map((object) => new YamlWriter(random).document(object));
  const separator = () =>
    random.pick([
      "---\n",
      "---\n",
      "--- # next\n",
      "---# next\n",
      "---  \n",
      "---\t\r\n",
      "...\n---\n",
      "---\u00a0\n",
      random.pick(["--- !!map\n", "---x\n", "...\n", "---\n"]),
    ]);
  return (
    before +
    documents.map((text, index) => (index === 0 ? text : separator() + text)).join("") +
    random.pick(["", "", "...\n", "---\n", "# end"])
  );
}

const traps = [
  "\r",
  "\u0085",
  "\u2028",
  "\u2029",
  "\t",
  " ",
  "\n",
  "#",
  " #",
  ": ",
  ":",
  "---",
  "\n---\n",
  "\n...\n",
  "'",
  '"',
  "&x ",
  "*a0",
  "!!str ",
  "- ",
  ",",
  "}",
  "\\",
  "|",
  "\ufeff",
  "%",
];

/** Most of what comes of it is refused by the API server. What is not must be read alike. */
function damage(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const lines = random.chance(50) ? text.indexOf("\n", at) : at;
  const place = lines < 0 ? at : lines;
  return text.slice(0, place) + random.pick(traps) + text.slice(place + (random.chance(20) ? 1 : 0));
}

function encode(random: Random, text: string): Uint8Array {
  if (random.chance(90)) return Buffer.from(text);
  const little = Buffer.from(`\ufeff${text}`, "utf16le");
  return random.chance(50) ? little : Buffer.from(little).swap16();
}
