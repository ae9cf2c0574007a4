import type { JsonObject } from "#base";
import { type LayerEntry, type LayerProblem, mergeLayers, problemOf, toldOf } from "#manifest";
import { AsWritten } from "./as-written.ts";
import { fillImages } from "./fill-images.ts";
import { type FillProblem, fillTemplate, type Lookup } from "./fill-template.ts";
import { FilledText } from "./filled-text.ts";
import type { Forms } from "./locate.ts";

/** A manifest, or a layer over it, and what its placeholders stand for. */
export interface TemplatePart {
  readonly template: JsonObject;
  readonly lookup: Lookup;
}

/** A manifest as EdgeAgent would get it. */
export interface AssembledManifest {
  readonly document: JsonObject;
  /** The same with its placeholders as they are written. */
  readonly unfilled: JsonObject;
  /** What layers have put there, by keys as they are written. */
  readonly entries: readonly LayerEntry[];
  /** What is wrong with the layers as such, as it is written. */
  readonly layerProblems: readonly LayerProblem[];
  /** Images that are named, and that nobody has, as they are written. */
  readonly unknownImages: ReadonlySet<string>;
  /** What keeps parts, by their numbers, from being used as they are filled in. */
  readonly fillProblems: readonly (FillProblem & { readonly part: number })[];
  /** Tells what is wrong with the document. */
  readonly asWritten: AsWritten;
}

/** Puts in what placeholders stand for, merges the layers, and puts in the images. */
export function assemble(parts: readonly TemplatePart[], images: Readonly<Record<string, string>>): AssembledManifest {
  const filled = parts.map(({ template, lookup }) => fillTemplate(template, lookup));
  const plain = parts.map(({ template }) => fillTemplate(template, () => undefined).object);
  const merged = merge(filled.map(({ object }) => object));
  const written = merge(plain);
  const { filled: document, unknown } = fillImages(merged.document, images);
  const unfilled = fillImages(written.document, images).filled;
  const asWritten = new AsWritten({
    forms: { written: written.document, filled: document },
    texts: filled.flatMap(({ texts }) => texts).flatMap((text) => [withImages(text, images), ...keysOfLayer(text)]),
    known: Object.values(images),
  });
  return {
    document,
    unfilled,
    entries: written.entries,
    layerProblems: merged.problems.map((problem) => {
      const index = problem.layer + 1;
      const forms = { written: plain[index] ?? {}, filled: filled[index]?.object ?? {} };
      return problemAsWritten(problem, forms, asWritten);
    }),
    fillProblems: filled.flatMap(({ problems }, part) => problems.map((problem) => ({ ...problem, part }))),
    unknownImages: new Set([...unknown].map((key) => asWritten.text(key))),
    asWritten,
  };
}

function merge([base = {}, ...layers]: readonly JsonObject[]) {
  return layers.length === 0 ? { document: base, entries: [], problems: [] } : mergeLayers(base, layers);
}

/** What was put in may name an image itself. */
function withImages(text: FilledText, images: Readonly<Record<string, string>>): FilledText {
  const { now = text.text } = fillImages({ now: text.text }, images).filled;
  return now === text.text ? text : new FilledText([{ text: String(now), written: text.written }]);
}

/** The key of a layer leads to something by each of its parts. */
function keysOfLayer(text: FilledText): readonly FilledText[] {
  return text.text.startsWith("properties.desired.") ? text.split(".") : [];
}

function problemAsWritten(problem: LayerProblem, forms: Forms, asWritten: AsWritten): LayerProblem {
  const { layer } = problem;
  const keys = asWritten.keys(forms, problem.keys);
  const { message, remedy } = toldOf(problem);
  return Object.assign(problemOf(keys.join("."), asWritten.message(message), remedy), { layer, keys });
}
