import { closedVariable, isSecretVariable } from "#contract";
import { fixed, type Message, say } from "./message.ts";
import { type Problems, shown } from "./problems.ts";

/**
 * What templates of IoT Edge and pipelines leave to be filled in: `${NAME}`, `$NAME`, `{{name}}`, `<name>`, `#NAME#`, `__NAME`.
 * Not what IoT Edge itself calls so.
 */
const forms =
  /\$\{[^{}]{0,200}\}|\$(?!(?:upstream|edgeHub|edgeAgent)\b)[A-Za-z_]\w{0,200}|\{\{[^{}]{0,200}\}\}|<[^<>]{1,200}>|#[\w.]{1,200}#|__[A-Z]\w{0,200}/;

/** The first placeholder in a text that cannot hold such characters for another reason. */
export function placeholderIn(text: string): string | undefined {
  return forms.exec(text)?.[0];
}

/** Reads on from the text in which it stands. */
export function unfilled(placeholder: string): Message {
  return say`holds the placeholder ${shown(placeholder)}, which is not filled in`;
}

/** How such a placeholder is filled in. */
export function fillRemedy(placeholder: string): Message {
  if (placeholder.startsWith("${MODULES.")) {
    return fixed("Name it in images.modules of a stack, and check with --stack, or write the image here.");
  }
  const [, braced, bare] = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))$/.exec(placeholder) ?? [];
  const name = braced ?? bare;
  if (name === undefined) return fixed("Write the value in its place.");
  if (isSecretVariable(name))
    return fixed("Nothing is put in for a name of a credential: use another name, or write the value.");
  const inFile = say`Write ${name}=... in a file .env beside the manifest`;
  if (bare !== undefined || closedVariable(name) !== undefined) return say`${inFile}.`;
  return say`${inFile}, or let the environment give it: iotedge:deploymentVariables: [${name}] in the stack, or --variable ${name} of \`manifest check\`.`;
}

/** Refuses a text with a placeholder in it, where it can be nothing else; answers whether it has. */
export function refusePlaceholder(path: string, text: string, problems: Problems): boolean {
  const placeholder = placeholderIn(text);
  if (placeholder === undefined) return false;
  problems.error(path, say`${shown(text)} ${unfilled(placeholder)}`, fillRemedy(placeholder));
  return true;
}
