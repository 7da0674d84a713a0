import { readSettings } from '@manyhands/settings'
import { runService } from '@manyhands/telemetry'
import { startWorker } from './compose.ts'

await runService('worker', readSettings, ({ settings, logger }) =>
  startWorker({ settings, logger, onOutput: ({ label, stream, text }) => void process[stream].write(`${label} ${text}\n`) }),
)
