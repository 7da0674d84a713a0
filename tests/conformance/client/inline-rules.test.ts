import { inline } from '@manyhands/client/testing'
import * as functions from './functions.ts'
import { describeRules } from './rules/rules.ts'

// the same words as in rules.test.ts, without a server, Redis or a process
describeRules(() => inline(functions))
