import { currentTask } from 'manyhands'

export function greet(name: string) {
  console.log(`Hello ${name} from process ${currentTask().process.pid}`)
}
