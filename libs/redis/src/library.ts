import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import { luaText, type Script, type ScriptArgument, type ScriptReply } from './scripts.ts'

export interface LibraryFiles<Name extends string> {
  /** URL that the file names are relative to. */
  folder: string | URL
  /** File that all share; it defines `begin()`, which is called before each. */
  core: string
  /** Files whose text is the body of a function each. */
  names: readonly Name[]
  /** Key names as Lua text; it defines `locate()`, which reads the first key and the first argument. */
  keys: string
}

/**
 * Loads a folder's scripts as a Redis library (Redis 7: FUNCTION LOAD), once for all who use it: what they share is compiled and set up when it
 * is loaded, where a script sets it up with each call. The library's name has a hash of its text, so that two versions do not meet.
 * @param base first key of every call: fixes the slot
 */
export function loadLibrary<Name extends string>(redis: Redis, base: string, files: LibraryFiles<Name>): Record<Name, Script> {
  const { name, text } = libraryOf(files)
  let loading: Promise<unknown> | undefined
  const load = async () => {
    loading ??= redis.function('LOAD', 'REPLACE', text)
    try {
      await loading
    } finally {
      loading = undefined
    }
  }
  const call = (script: Name, args: ScriptArgument[]) =>
    redis.callBuffer('FCALL', functionName(name, script), 1, base, ...args) as Promise<ScriptReply>
  const bound = files.names.map((script): [Name, Script] => [
    script,
    async (...args) => {
      try {
        return await call(script, args)
      } catch (error) {
        if (!isUnknown(error)) throw explained(error)
      }
      await load()
      return call(script, args)
    },
  ])
  return Object.fromEntries(bound) as Record<Name, Script>
}

/** An older Redis does not know the command at all. */
function explained(error: unknown): unknown {
  const isOld = error instanceof Error && /unknown command.*fcall/i.test(error.message)
  return isOld ? new Error('shared objects need Redis 7 or newer: this one has no libraries (FUNCTION LOAD)', { cause: error }) : error
}

const isUnknown = (error: unknown): boolean => error instanceof Error && error.message.includes('Function not found')

const functionName = (library: string, script: string): string => `${library}_${script.replaceAll('-', '_')}`

function libraryOf({ folder, core, names, keys }: LibraryFiles<string>): { name: string; text: string } {
  const shared = luaText(new URL(`./${core}.lua`, folder), new Set())
  const bodies = names.map((script) => readFileSync(new URL(`./${script}.lua`, folder), 'utf8').replace(/^-- @include .*$/gm, ''))
  const hash = createHash('sha256')
    .update([keys, shared, ...names, ...bodies].join('\0'))
    .digest('hex')
    .slice(0, 16)
  const name = `manyhands_${hash}`
  const functions = names.map((script, i) => registration(functionName(name, script), bodies[i] ?? ''))
  return { name, text: [`#!lua name=${name}`, 'local KEYS, ARGV', keys, shared, ...functions].join('\n') }
}

function registration(name: string, body: string): string {
  return [
    'do',
    'local function body()',
    body,
    'end',
    `redis.register_function('${name}', function(keys, args)`,
    'KEYS, ARGV = keys, args',
    'locate()',
    'begin()',
    'return body()',
    'end)',
    'end',
  ].join('\n')
}
