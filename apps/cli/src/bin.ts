#!/usr/bin/env node
// Looked at before anything else is loaded: an older Node would fail at an import, with a SyntaxError.
const needed = 24
if (Number.parseInt(process.versions.node, 10) >= needed) {
  const { enableCompileCache } = await import('node:module')
  // compiled code is kept, with its types taken away: the next start takes half the time
  enableCompileCache()
  const { main } = await import('./main.ts')
  await main()
} else {
  process.stderr.write(
    `manyhands needs Node ${needed} or later; this is ${process.version}. One way: npx -p node@${needed} -p manyhands manyhands ...\n`,
  )
  process.exitCode = 1
}

export {}
