import { closest } from '@manyhands/planning'
import type { Settings } from './settings.ts'
import { foreignNames, type SettingRow, table } from './table.ts'

/** Names of settings, and their texts. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The settings cannot be used: one line for each that is wrong, fit for a terminal. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly complaints: readonly string[]

  constructor(complaints: readonly string[]) {
    super(complaints.join('\n'))
    this.complaints = complaints
  }
}

type Values = { [Key in keyof typeof table]: (typeof table)[Key]['fallback'] }

/**
 * The settings of a service, once, at boot. An empty text counts as not set.
 * @param env default: this process's
 * @throws SettingsError that names every setting that is wrong, what it was, and what is meant
 */
export function readSettings(env: Environment = process.env): Settings {
  const complaints: string[] = []
  const values = readTable(env, complaints)
  complaints.push(...unknownNames(env))
  if (complaints.length > 0) throw new SettingsError(complaints)
  return settingsOf(values, given(env, table.redisUrl.name) !== undefined)
}

/** For a program that needs no setting of a service: throws SettingsError for a name that is none. */
export function refuseUnknownNames(env: Environment = process.env): void {
  const complaints = unknownNames(env)
  if (complaints.length > 0) throw new SettingsError(complaints)
}

/** This process's environment with some settings beside or in place of its own: for a child. */
export function environmentWith(more: Environment): Record<string, string | undefined> {
  return { ...process.env, ...more }
}

function readTable(env: Environment, complaints: string[]): Values {
  const entries = Object.entries<SettingRow>(table).map(([key, row]) => [key, readRow(env, row, complaints)])
  return Object.fromEntries(entries) as Values
}

function readRow(env: Environment, { name, parse, fallback }: SettingRow, complaints: string[]): unknown {
  const text = given(env, name)
  if (text === undefined) return fallback
  try {
    return parse(text)
  } catch (error) {
    complaints.push(`${name} is ${shown(name, text)}; meant is ${(error as Error).message}`)
    return fallback
  }
}

const given = (env: Environment, name: string): string | undefined => (env[name] === '' ? undefined : env[name])

const shown = (name: string, text: string): string => (name.endsWith('_SECRET') ? 'not fit' : JSON.stringify(withoutPassword(text)))

const withoutPassword = (text: string): string => text.replace(/\/\/[^@/]*@/, '//***@')

const prefix = 'MANYHANDS_'
const withoutPrefix = (name: string): string => name.slice(prefix.length)
const knownNames = [...Object.values(table).map(({ name }) => name), ...foreignNames]
  .filter((name) => name.startsWith(prefix))
  .map(withoutPrefix)
/** What Kubernetes says about a service called `manyhands` to every container near it. */
const injected = /(^|_)(SERVICE_HOST|SERVICE_PORT|PORT)(_.*)?$/

/** A complaint about each name that looks like a setting and is none: what it was meant to set would stay as it is, in silence. */
function unknownNames(env: Environment): string[] {
  const names = Object.keys(env).filter((name) => name.startsWith(prefix))
  return names
    .map(withoutPrefix)
    .filter((name) => !knownNames.includes(name) && !injected.test(name))
    .map(complaintOf)
}

function complaintOf(name: string): string {
  const meant = closest(name, knownNames)
  const cure = meant === undefined ? 'the README lists them, under Settings' : `meant is ${prefix}${meant}`
  return `${prefix}${name} is not a setting; ${cure}`
}

function settingsOf(values: Values, redisGiven: boolean): Settings {
  const { jsonBodyBytes, itemBytes, resultBytes, items, wholeResultBytes, openJobs, depth, memoryMb, ...others } = values
  const { webhookAllow, webhookHttp, webhookPorts, webhookSecret, webhookDelaysMs, publicUrl, ...rest } = others
  const limits = Object.freeze({ jsonBodyBytes, itemBytes, resultBytes, items, wholeResultBytes, openJobs, depth, memoryMb })
  const webhooks = Object.freeze({
    allow: webhookAllow,
    http: webhookHttp === 'on',
    ports: webhookPorts,
    secret: webhookSecret,
    delaysMs: webhookDelaysMs,
    publicUrl,
  })
  return Object.freeze({ ...rest, redisGiven, webhooks, limits })
}
