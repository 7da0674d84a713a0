#!/usr/bin/env node
// Sums vitest's JSON reports: `node infra/count-tests.mjs <steps that failed> <report...>`. A report that is not there, and a file that
// did not load, count as one failure each. The last line is `N passed, N failed`; the exit code is 1 when anything failed.
import { existsSync, readFileSync } from 'node:fs'

function countReport(path) {
  if (!existsSync(path)) {
    console.log(`ci: ${path} is missing: that suite did not run`)
    return { passed: 0, failed: 1 }
  }
  const { numPassedTests, numFailedTests, numTotalTests, testResults, success } = JSON.parse(readFileSync(path, 'utf8'))
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )
  for (const { name, message } of broken) console.log(`ci: ${name} failed as a whole: ${message}`)
  const failed = numFailedTests + broken.length
  // an error outside of all tests, or a suite without one test
  const unexplained = (!success || numTotalTests === 0) && failed === 0 ? 1 : 0
  return { passed: numPassedTests, failed: failed + unexplained }
}

const [failedSteps, ...paths] = process.argv.slice(2)
const counts = paths.map(countReport)
const sum = (key) => counts.reduce((total, count) => total + count[key], 0)
const failed = sum('failed') + Number(failedSteps)
console.log(`${sum('passed')} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
