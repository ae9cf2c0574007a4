import {
  type AliasEvent,
  type DocumentEvent,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from "js-yaml";
import { plainScalar, type Scalar, taggedScalar, WrongScalar } from "./scalar.ts";

/** A value of one document. */
export interface BuiltDocument {
  readonly content: unknown;
  /** Offset of its first node in the text. */
  readonly start: number;
  /** Whether a scalar of it is one of those that the caller has doubts about. */
  readonly doubtful: boolean;
}

/** Whether the caller has doubts about the scalar at these offsets. */
export type Doubts = (start: number, end: number) => boolean;

/** Why the events are no value that kubectl would make. */
export class UnreadableYaml extends Error {
  /** Offset in the text. */
  readonly position: number;
  /** Whether the document would take more memory than its text has a right to. */
  readonly excessive: boolean;

  constructor(message: string, position: number, excessive = false) {
    super(message);
    this.position = position;
    this.excessive = excessive;
  }
}

type Fields = Record<string, unknown>;

/** A list or map that is not complete, or a document. */
interface Frame {
  readonly value: unknown[] | Fields;
  readonly isMap: boolean;
  /** Key whose value comes next; undefined before a key. */
  key?: string | typeof merge | undefined;
  readonly anchor?: Anchor | undefined;
  /** Nodes in it, each alias counted as what it stands for. */
  size: number;
}

interface Anchor {
  value: unknown;
  size: number;
  complete: boolean;
}

const merge = Symbol("<<");
const mergeTag = "tag:yaml.org,2002:merge";

/**
 * Makes values of a parser's events as go.yaml.in/yaml/v2 does, by which kubectl reads: of keys that stand twice the last
 * one counts, and a merge key (`<<`) overrides the keys before it. Aliases share one value, so they take no memory.
 *
 * @throws UnreadableYaml
 */
export function buildDocuments(events: readonly Event[], text: string, doubts: Doubts): BuiltDocument[] {
  const documents: BuiltDocument[] = [];
  let builder: DocumentBuilder | undefined;
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) builder = new DocumentBuilder(event, text, doubts);
    else if (builder?.take(event)) {
      const { content, start, doubtful } = builder;
      documents.push({ content, start, doubtful });
    }
  }
  return documents;
}

class DocumentBuilder {
  content: unknown = null;
  start = -1;
  doubtful = false;
  readonly #text: string;
  readonly #doubts: Doubts;
  readonly #tagPrefixes: ReadonlyMap<string, string>;
  readonly #frames: Frame[] = [];
  readonly #anchors = new Map<string, Anchor>();
  #nodes = 1;
  #aliased = 0;

  constructor({ directives }: DocumentEvent, text: string, doubts: Doubts) {
    this.#text = text;
    this.#doubts = doubts;
    this.#tagPrefixes = new Map([
      ["!!", "tag:yaml.org,2002:"],
      ...directives.flatMap((one) => (one.kind === "tag" ? [[one.handle, one.prefix] as const] : [])),
    ]);
  }

  /** @returns whether the document is complete */
  take(event: Exclude<Event, DocumentEvent>): boolean {
    if (event.type === EVENT_ID.POP) {
      const frame = this.#frames.pop();
      if (frame === undefined) return true;
      if (frame.anchor !== undefined) Object.assign(frame.anchor, { size: frame.size, complete: true });
      this.#add(frame.value, frame.size, 0);
      return false;
    }
    if (this.start < 0) this.start = positionOf(event);
    if (event.type === EVENT_ID.ALIAS) this.#addAlias(event);
    else if (event.type === EVENT_ID.SCALAR) this.#addScalar(event);
    else this.#open(event, event.type === EVENT_ID.MAPPING);
    return false;
  }

  #open(event: MappingEvent | SequenceEvent, isMap: boolean): void {
    const parent = this.#frames.at(-1);
    if (parent?.isMap && parent.key === undefined)
      throw new UnreadableYaml("a list or map cannot be a key", positionOf(event));
    this.#nodes += 1;
    const value = isMap ? {} : [];
    const anchor = this.#anchor(event, { value, size: 0, complete: false });
    this.#frames.push({ value, isMap, anchor, size: 1 });
  }

  #addScalar(event: ScalarEvent): void {
    const text = getScalarValue(this.#text, event);
    if (this.#doubts(event.valueStart, event.valueEnd)) this.doubtful = true;
    const tag = event.tagStart < 0 ? "" : this.#fullTag(this.#text.slice(event.tagStart, event.tagEnd));
    // A lone ! makes even what is quoted a plain scalar there.
    const isPlain = tag === "!" || (tag === "" && event.style === SCALAR_STYLE.PLAIN);
    const frame = this.#frames.at(-1);
    if (text === "<<" && (isPlain || tag === mergeTag) && frame?.isMap && frame.key === undefined) {
      frame.key = merge;
      return;
    }
    this.#nodes += 1;
    const value = isPlain ? plainScalar(text) : this.#explicitScalar(tag, text, event);
    this.#anchor(event, { value, size: 1, complete: true });
    this.#add(value, 1, positionOf(event));
  }

  #explicitScalar(tag: string, text: string, event: ScalarEvent): Scalar {
    if (tag === "") return text;
    try {
      return taggedScalar(tag, text);
    } catch (error) {
      if (error instanceof WrongScalar) throw new UnreadableYaml(`the value ${error.message}`, positionOf(event));
      throw error;
    }
  }

  #addAlias({ anchorStart, anchorEnd }: AliasEvent): void {
    const name = this.#text.slice(anchorStart, anchorEnd);
    const anchor = this.#anchors.get(name);
    if (anchor === undefined) throw new UnreadableYaml(`there is no anchor '${name}' before this alias`, anchorStart);
    if (!anchor.complete)
      throw new UnreadableYaml(`the anchor '${name}' stands for a value that contains itself`, anchorStart, true);
    this.#nodes += 1 + anchor.size;
    this.#aliased += anchor.size;
    if (this.#aliased > 100 && this.#nodes > 1000 && this.#aliased / this.#nodes > allowedShare(this.#nodes))
      throw new UnreadableYaml("the document repeats too much of itself by aliases", anchorStart, true);
    this.#add(anchor.value, 1 + anchor.size, anchorStart);
  }

  #add(value: unknown, size: number, position: number): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) {
      this.content = value;
      return;
    }
    frame.size += size;
    if (Array.isArray(frame.value)) frame.value.push(value);
    else if (frame.key === undefined) frame.key = keyOf(value, position);
    else {
      if (frame.key === merge) mergeInto(frame.value, value, position);
      else assign(frame.value, frame.key, value);
      frame.key = undefined;
    }
  }

  #anchor({ anchorStart, anchorEnd }: { anchorStart: number; anchorEnd: number }, anchor: Anchor): Anchor {
    if (anchorStart >= 0) this.#anchors.set(this.#text.slice(anchorStart, anchorEnd), anchor);
    return anchor;
  }

  /** `!!str` and `!<tag:yaml.org,2002:str>` are the same. */
  #fullTag(tag: string): string {
    if (tag.startsWith("!<")) return decodeTag(tag.slice(2, -1));
    const [handle = "", suffix = ""] = /^(!(?:[^!]*!)?)(.*)$/s.exec(tag)?.slice(1) ?? [];
    return (this.#tagPrefixes.get(handle) ?? handle) + decodeTag(suffix);
  }
}

/** How much of a document may come from aliases; large ones have less reason for them. The numbers are those of Go. */
function allowedShare(nodes: number): number {
  const [low, high] = [400_000, 4_000_000];
  if (nodes <= low) return 0.99;
  if (nodes >= high) return 0.1;
  return 0.99 - 0.89 * ((nodes - low) / (high - low));
}

function mergeInto(target: Fields, source: unknown, position: number): void {
  // The first of several has the last word.
  const sources = Array.isArray(source) ? source.toReversed() : [source];
  for (const one of sources) {
    if (typeof one !== "object" || one === null || Array.isArray(one))
      throw new UnreadableYaml("a merge key needs a map or a list of maps", position);
    for (const key of Object.keys(one)) assign(target, key, (one as Fields)[key]);
  }
}

function assign(target: Fields, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function keyOf(value: unknown, position: number): string {
  if (typeof value === "string") return value;
  if (value === null || typeof value === "object") throw new UnreadableYaml("this cannot be a key", position);
  return String(value);
}

function decodeTag(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function positionOf(event: MappingEvent | SequenceEvent | ScalarEvent | AliasEvent): number {
  const value = "start" in event ? event.start : "valueStart" in event ? event.valueStart : -1;
  const tag = "tagStart" in event ? event.tagStart : -1;
  const known = [value, tag, event.anchorStart].filter((position) => position >= 0);
  return known.length === 0 ? 0 : Math.min(...known);
}
