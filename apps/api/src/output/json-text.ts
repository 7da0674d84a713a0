/** An answer as JSON that ends its line: a shell's next prompt begins on a line of its own. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value)}\n`
