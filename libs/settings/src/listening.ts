import { SettingsError } from './read.ts'
import type { Settings } from './settings.ts'

/** What makes a server not listen, as a sentence that names the setting; for any other error the error itself. */
export function explainListening(error: unknown, { host }: Pick<Settings, 'host'>, port: { setting: string; value: number }): unknown {
  const { code = '' } = error as NodeJS.ErrnoException
  const sentence = sentences[code]?.(host, port)
  return sentence === undefined ? error : new SettingsError([sentence])
}

const addresses = 'meant is an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them'
const unresolved = (host: string) => `HOST is "${host}", a name that does not resolve; ${addresses}`

const sentences: Record<string, (host: string, port: { setting: string; value: number }) => string> = {
  EADDRINUSE: (host, { setting, value }) =>
    `Port ${value} of ${host} is taken by another program. End that one, or choose another port: ${setting}=${value + 1}`,
  EADDRNOTAVAIL: (host) => `HOST is "${host}", which is not an address of this machine; ${addresses}`,
  ENOTFOUND: unresolved,
  EAI_AGAIN: unresolved,
}
