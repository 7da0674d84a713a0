#!/usr/bin/env node
import { run } from './run.ts'

// An end at once: what a command waited for in vain (a Redis that is gone, a request that is tried again) must not hold it up.
process.exit(await run(process.argv.slice(2)))
