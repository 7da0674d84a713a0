#!/usr/bin/env node
// Makes a bare machine ready, then runs a command: `node infra/setup.mjs start|test|check|bench|... [words]`. Without one it only sets up.
// Plain JavaScript for Node 18+, nothing installed: it is what installs. Each step first looks whether there is anything to do.
import { commands } from './setup/commands.mjs'
import { installDependencies } from './setup/dependencies.mjs'
import { findNode } from './setup/node.mjs'
import { SetupError } from './setup/problem.mjs'
import { findRedisServer } from './setup/redis-server.mjs'
import { runCommand } from './setup/run.mjs'

async function main([name, ...words]) {
  const command = name === undefined ? undefined : commands[name]
  if (name !== undefined && !command) throw new SetupError(`there is no command ${name}; there are ${Object.keys(commands).join(', ')}`)
  installDependencies(command?.productionOnly ?? false)
  const node = findNode()
  const redisFolder = command?.takesRedisUrl && process.env.REDIS_URL ? undefined : findRedisServer()
  return command ? runCommand(node, redisFolder, command, words) : 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`setup: ${error.message}\n`)
  process.exitCode = 1
}
