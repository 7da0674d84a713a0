import { readSettings } from '@manyhands/settings'
import { runService } from '@manyhands/telemetry'
import { startApi } from './compose.ts'

await runService('api', readSettings, startApi)
