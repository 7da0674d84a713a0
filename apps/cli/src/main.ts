#!/usr/bin/env node
import { run } from './run.ts'

process.exitCode = await run(process.argv.slice(2))
// a started service has a channel to its starter, which would keep it alive
if (process.connected) process.disconnect()
