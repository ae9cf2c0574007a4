/** Ways to print a report. */
export const formats = ["table", "markdown", "json", "sarif", "html", "svg"] as const;
export type Format = (typeof formats)[number];
