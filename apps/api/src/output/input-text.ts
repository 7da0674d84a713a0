/** An input is raw text; that of an item that failed for being no JSON stands as a string. */
export const inputText = (input: string): string => (isJson(input) ? input : JSON.stringify(input))

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
