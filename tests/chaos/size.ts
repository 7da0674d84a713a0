const { CHAOS = '' } = process.env
if (!['', 'full'].includes(CHAOS)) throw new Error(`CHAOS is ${CHAOS}; meant is full, or nothing`)

/** Every fault test has two sizes: a short one, and with CHAOS=full the numbers of its promise. */
export const isFull = CHAOS === 'full'

export const bySize = <T>(short: T, full: T): T => (isFull ? full : short)

/** A test may take so long, in milliseconds. */
export const patience = bySize(120_000, 3_600_000)
