import { type SettingRow, table } from './table.ts'

export type { CommandLine } from './command-line.ts'
export { explainListening } from './listening.ts'
export { type Environment, environmentWith, readSettings, refuseUnknownNames, SettingsError } from './read.ts'
export type { Limits, Settings } from './settings.ts'

/** Every setting, for the README's table. */
export const settingTable: readonly Pick<SettingRow, 'name' | 'default' | 'meaning'>[] = Object.values<SettingRow>(table)
