import { open } from "node:fs/promises";
import type { Entry } from "./content.ts";
import { imagesErrors } from "./errors.ts";
import { type Architecture, architectures } from "./platform.ts";

const magic = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
const headerBytes = 64;
const programHeaderBytes = 56;
/** Offsets in the header of a 64-bit ELF file. */
const field = { machine: 18, programHeaders: 32, sections: 40, programHeaderCount: 56, sectionCount: 60, names: 62 };

/**
 * A program without its sections, by which debuggers and linkers find their way: what it runs from are its segments.
 * This takes a seventh of Node, its symbols. `strip` of one machine does not know the programs of another, and that of
 * another release gives other bytes.
 *
 * @param program a 64-bit little-endian ELF file; anything else is given back as it is
 */
export function withoutSections(program: Buffer): Buffer {
  if (program.length < headerBytes || !program.subarray(0, magic.length).equals(magic)) return program;
  const table = Number(program.readBigUInt64LE(field.programHeaders));
  const count = program.readUInt16LE(field.programHeaderCount);
  let end = table + count * programHeaderBytes;
  if (count === 0 || end > program.length) return program;
  for (let at = table; at < table + count * programHeaderBytes; at += programHeaderBytes) {
    const segment = Number(program.readBigUInt64LE(at + 8) + program.readBigUInt64LE(at + 32));
    end = Math.max(end, segment);
  }
  if (end > program.length) return program;
  const cut = Buffer.from(program.subarray(0, end));
  cut.writeBigUInt64LE(0n, field.sections);
  cut.writeUInt16LE(0, field.sectionCount);
  cut.writeUInt16LE(0, field.names);
  return cut;
}

/** Number of the machine that a file is a program or library of; undefined where it is neither. */
export function elfMachine(start: Buffer): number | undefined {
  if (start.length < field.machine + 2 || !start.subarray(0, 4).equals(magic.subarray(0, 4))) return undefined;
  return start.readUInt16LE(field.machine);
}

/**
 * Makes sure that nothing of another architecture has come into an image.
 *
 * @throws EDGE_IMAGES_ARCHITECTURE
 */
export async function requireArchitecture(entries: readonly Entry[], architecture: Architecture): Promise<void> {
  for (const entry of entries) {
    const start = "bytes" in entry ? Buffer.from(entry.bytes) : "file" in entry ? await startOf(entry.file) : undefined;
    const machine = start === undefined ? undefined : elfMachine(start);
    if (machine !== undefined && machine !== architectures[architecture].elfMachine)
      throw imagesErrors.EDGE_IMAGES_ARCHITECTURE({ path: entry.path, architecture, machine });
  }
}

async function startOf(file: string): Promise<Buffer> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
  return buffer.subarray(0, bytesRead);
}
