import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import { luaKeys } from './keys.ts'

/** What a script takes and gives: text, bytes, numbers; replies are text in Buffers, integers and arrays of these. */
export type ScriptArgument = string | number | Buffer
export type ScriptReply = Buffer | number | null | ScriptReply[]
/** One script, bound to a connection and a group. */
export type Script = (...args: ScriptArgument[]) => Promise<ScriptReply>

const includeLine = /^-- @include "([a-z-]+)"$/gm

/** The text of a Lua file, its `-- @include "name"` lines replaced by files beside it, each once. */
export function luaText(file: URL, seen: Set<string>): string {
  return readFileSync(file, 'utf8').replace(includeLine, (_, name: string) => {
    if (seen.has(name)) return ''
    seen.add(name)
    return luaText(new URL(`./${name}.lua`, file), seen)
  })
}

/**
 * Loads a folder's scripts onto a connection. EVALSHA, and EVAL when Redis does not know the script (a restart).
 * @param folder URL that the file names are relative to
 * @param base first key of every script: fixes the slot; the other keys are built from the tables in keys.ts
 */
export function loadScripts<Name extends string>(
  redis: Redis,
  folder: string | URL,
  base: string,
  names: readonly Name[],
): Record<Name, Script> {
  const bound = names.map((name): [Name, Script] => [
    name,
    bindScript(redis, name, `${luaKeys()}\n${luaText(new URL(`./${name}.lua`, folder), new Set())}`, base),
  ])
  return Object.fromEntries(bound) as Record<Name, Script>
}

/**
 * Loads scripts that know nothing of our key tables: their first argument is their only key.
 * @param folder URL that the file names are relative to
 */
export function loadKeyScripts<Name extends string>(redis: Redis, folder: string | URL, names: readonly Name[]): Record<Name, Script> {
  const bound = names.map((name): [Name, Script] => [name, bindScript(redis, name, luaText(new URL(`./${name}.lua`, folder), new Set()))])
  return Object.fromEntries(bound) as Record<Name, Script>
}

/** @param base the first key; else the first argument is */
function bindScript(redis: Redis, name: string, lua: string, base?: string): Script {
  const command = `mh_${name}`
  redis.defineCommand(command, { numberOfKeys: 1, lua })
  const call = (redis as unknown as Record<string, (...args: ScriptArgument[]) => Promise<ScriptReply>>)[`${command}Buffer`]
  if (!call) throw new Error(`ioredis did not define ${command}`)
  return base === undefined ? (...args) => call.apply(redis, args) : (...args) => call.call(redis, base, ...args)
}
