/** One chunk of a job inside a task. */
export interface TaskSlice {
  job: string
  chunk: string
  generation: number
}

/** What is handed out at once: one unit of a pool's credit, one BullMQ job. Carries ids only. */
export interface Task {
  tenant: string
  pool: string
  /** `<job>-<chunk>-<generation>` of the first slice: never reused. */
  id: string
  slices: TaskSlice[]
}
