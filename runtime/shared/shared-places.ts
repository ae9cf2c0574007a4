/** Who takes a place, for the group that it belongs to. */
export interface PlaceHolder {
  readonly group: string;
  /** Called when the place went to somebody else. */
  end(): void;
}

interface Bounds {
  /** Places of all groups together. */
  readonly most: number;
  readonly mostOfGroup: number;
}

/**
 * Places that groups share. Who comes when all are taken gets one of the group that has most, so that one that asks for
 * ever more leaves the others theirs.
 */
export class SharedPlaces<Holder extends PlaceHolder> {
  readonly #bounds: Bounds;
  readonly #mayEnd: (holder: Holder, next: Holder) => boolean;
  /** Of each group, those who came first in front. */
  readonly #groups = new Map<string, Set<Holder>>();
  #size = 0;

  /** @param mayEnd whether a holder may lose its place to the next one */
  constructor(bounds: Bounds, mayEnd: (holder: Holder, next: Holder) => boolean) {
    this.#bounds = bounds;
    this.#mayEnd = mayEnd;
  }

  get size(): number {
    return this.#size;
  }

  /** Of each group, who came first. */
  get first(): Holder[] {
    return [...this.#groups.values()].flatMap(([holder]) => holder ?? []);
  }

  /** Of each group, who came last. */
  get last(): Holder[] {
    return [...this.#groups.values()].flatMap((group) => [...group].at(-1) ?? []);
  }

  countOf(group: string): number {
    return this.#groups.get(group)?.size ?? 0;
  }

  /** @returns whether there was a place, or somebody has lost one for it */
  take(holder: Holder): boolean {
    const { most, mostOfGroup } = this.#bounds;
    const own = this.#groups.get(holder.group);
    const count = own?.size ?? 0;
    if (own !== undefined && count >= mostOfGroup) {
      if (!this.#endOneOf(own, holder)) return false;
    } else if (this.#size >= most) {
      const largest = this.#largest();
      // Of a group that is as large as the own one the next one would have the same right.
      if (largest === undefined || largest.size < count || !this.#endOneOf(largest, holder)) return false;
    }
    const group = this.#groups.get(holder.group) ?? new Set();
    this.#groups.set(holder.group, group.add(holder));
    this.#size++;
    return true;
  }

  /** Does nothing for who has no place. */
  giveBack(holder: Holder): void {
    const group = this.#groups.get(holder.group);
    if (!group?.delete(holder)) return;
    this.#size--;
    if (group.size === 0) this.#groups.delete(holder.group);
  }

  #largest(): Set<Holder> | undefined {
    let largest: Set<Holder> | undefined;
    for (const group of this.#groups.values()) if (group.size > (largest?.size ?? 0)) largest = group;
    return largest;
  }

  #endOneOf(group: ReadonlySet<Holder>, next: Holder): boolean {
    for (const holder of group) {
      if (!this.#mayEnd(holder, next)) continue;
      this.giveBack(holder);
      holder.end();
      return true;
    }
    return false;
  }
}
