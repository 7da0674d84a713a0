#!/usr/bin/env node
// Looked at before anything else is loaded: an older Node would fail at an import, with a SyntaxError.
const needed = 24
if (Number.parseInt(process.versions.node, 10) >= needed) await import('./main.ts')
else {
  process.stderr.write(
    `manyhands needs Node ${needed} or later; this is ${process.version}. One way: npx -p node@${needed} -p manyhands manyhands ...\n`,
  )
  process.exitCode = 1
}

export {}
