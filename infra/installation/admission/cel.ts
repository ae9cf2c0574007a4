/** Texts of the Common Expression Language, in which admission policies are written. */

/** A value as CEL writes it: strings, numbers, lists and maps are those of JSON. */
export const literal = (value: unknown): string => JSON.stringify(value);

/** True only when all are. Each stands in brackets. */
export function every(expressions: readonly string[]): string {
  return expressions.map((expression) => `(${expression})`).join(" && ");
}

/** True when one is; without any it is not. */
export function some(expressions: readonly string[]): string {
  return expressions.length === 0 ? "false" : expressions.map((expression) => `(${expression})`).join(" || ");
}

/** True for an object that has not this field, or one with which the expression is true. */
export function ifPresent(field: string, expression: string): string {
  return `!has(${field}) || (${expression})`;
}

/** True for an object that has this field and with which the expression is true. */
export function present(field: string, expression: string): string {
  return `has(${field}) && (${expression})`;
}

/** True for an object that has none of these fields. */
export function without(parent: string, fields: readonly string[]): string {
  return every(fields.map((field) => `!has(${parent}.${field})`));
}

/** True for a list that has nothing but what the expression, in terms of `name`, is true of; also when it is absent. */
export function eachOf(list: string, name: string, expression: string): string {
  return ifPresent(list, `${list}.all(${name}, ${expression})`);
}
