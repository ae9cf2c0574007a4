/** A file that edgectl writes. */
export interface FolderFile {
  readonly name: string;
  readonly content: string;
}

/** Which file it was, and of whom: a copy under another name is the copier's. */
export interface Mark {
  readonly file: string;
  readonly owner: string;
}

const written = "written by `edgectl render --gitops`, which overwrites it";
const pattern = new RegExp(`^(?:# |<!-- )(\\S+) of (.+), ${written}`);

export function markYaml(name: string, owner: string, text: string): FolderFile {
  return { name, content: `# ${name} of ${owner}, ${written}\n${text}` };
}

export function markMarkdown(name: string, owner: string, text: string): FolderFile {
  return { name, content: `<!-- ${name} of ${owner}, ${written} -->\n${text}` };
}

export function readMark(text: string): Mark | undefined {
  const [, file, owner] = pattern.exec(text) ?? [];
  return file === undefined || owner === undefined ? undefined : { file, owner };
}
