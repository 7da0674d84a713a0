import { fleet } from './fleet.ts'
import { describeRules } from './rules.ts'

const own = fleet()
describeRules(() => own.hands())
