/** How far a job is. */
export interface Progress {
  done: number
  /** null while it is not known. */
  total: number | null
  /** Milliseconds since the first item was sent. */
  elapsedMs: number
}

/** Text of a progress bar: `████████░░░░  63 %  147/233  178 items/s  0.5 s left`. */
export function renderBar(progress: Progress, width = 24): string {
  const { done, total } = progress
  const rate = ratePerSecond(progress)
  const pace = rate > 0 ? `${renderRate(rate)} items/s` : 'starting'
  if (total === null) return `${done} items  ${pace}`
  const share = total === 0 ? 1 : done / total
  const filled = Math.floor(share * width)
  const left =
    done === total ? `${renderSeconds(progress.elapsedMs)} in all` : rate > 0 ? `${renderSeconds(((total - done) / rate) * 1000)} left` : ''
  const bar = '█'.repeat(filled) + '░'.repeat(width - filled)
  return [bar, `${Math.floor(share * 100)} %`.padStart(5), `${done}/${total}`, pace, left].join('  ').trimEnd()
}

export function ratePerSecond({ done, elapsedMs }: Progress): number {
  return elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0
}

/** Three digits say enough: 1.85, 18.5, 185, 18,500. */
export function renderRate(perSecond: number): string {
  return perSecond >= 100 ? Math.round(perSecond).toLocaleString('en') : perSecond.toPrecision(3)
}

/** 0.5 s, 12 s, 2 min 05 s. */
export function renderSeconds(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}
