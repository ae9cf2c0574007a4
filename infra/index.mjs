// Where Pulumi begins: what any Node can load. The program itself is TypeScript, which not every Node takes.
import process from "node:process";
import { requireNode } from "./node-version.cjs";

requireNode(process.versions.node);

export default async () => (await import("./index.ts")).default();
