import { expect, test } from 'vitest'
import { chooseRedis } from './redis-choice.ts'

test('TEST_REDIS=process forces processes', async () => {
  expect(await chooseRedis('process')).toEqual({ kind: 'process', reason: 'TEST_REDIS=process' })
})

test('another word is refused with what is meant', async () => {
  await expect(chooseRedis('docker')).rejects.toThrow('TEST_REDIS is docker; meant is container or process')
})
