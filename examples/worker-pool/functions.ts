export function fetchUrl(url: string) {
  // Simulate work
  return `fetched: ${url}`
}
