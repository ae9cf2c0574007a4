/** What reading a manifest takes, in counts: the same on every machine, unlike times. */
export interface Work {
  /** Values of the document, and of the texts in it that are JSON. */
  values: number;
  /** Fields of objects and items of lists that were read one by one. */
  read: number;
  /** Values that were compared with a schema. */
  checked: number;
  /** Characters of texts in which names of the installation's objects were looked for. */
  searched: number;
  /** Ports that modules name, each as often as they do and for each of their names; none is made before this is known. */
  ports: number;
}

export function noWork(): Work {
  return { values: 0, read: 0, checked: 0, searched: 0, ports: 0 };
}
