/** Which methods a path has: what Fastify knows, but does not tell when the method is wrong. */
export class RouteMap {
  readonly #routes: { methods: string[]; pattern: RegExp }[] = []

  add(methods: string[], url: string): void {
    const steps = url.split('/').map((step) => (step.startsWith(':') ? '[^/]+' : step === '*' ? '.*' : RegExp.escape(step)))
    this.#routes.push({ methods, pattern: new RegExp(`^${steps.join('/')}$`) })
  }

  /** The methods of the routes that fit the path, sorted. */
  methodsOf(path: string): string[] {
    const methods = this.#routes.flatMap((route) => (route.pattern.test(path) ? route.methods : []))
    return [...new Set(methods)].sort()
  }
}
