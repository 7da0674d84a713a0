/** Which methods a path has: what Fastify knows, but does not tell when the method is wrong. */
export class RouteMap {
  readonly #routes: { methods: string[]; steps: string[] }[] = []

  add(methods: string[], url: string): void {
    this.#routes.push({ methods, steps: url.split('/') })
  }

  /** The methods of the routes that fit the path, sorted. */
  methodsOf(path: string): string[] {
    const steps = path.split('/')
    const methods = this.#routes.flatMap((route) => (fits(route.steps, steps) ? route.methods : []))
    return [...new Set(methods)].sort()
  }
}

function fits(route: string[], path: string[]): boolean {
  if (route.at(-1) === '*') return path.length >= route.length && fits(route.slice(0, -1), path.slice(0, route.length - 1))
  return route.length === path.length && route.every((step, i) => (step.startsWith(':') ? path[i] !== '' : step === path[i]))
}
