import { redisImage } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { readText } from './sources.ts'

test.each(['docker-compose.yml', 'infra/setup/redis-server.mjs'])('%s takes the Redis image of the tests', (path) => {
  const images = [...readText(path).matchAll(/\bredis:[\w.-]+/g)].map(([image]) => image).filter((image) => image !== 'redis:6379')
  expect(images.length).toBeGreaterThan(0)
  expect(new Set(images)).toEqual(new Set([redisImage]))
})

test('the Dockerfile and infra/setup agree on the Node they run', () => {
  const [, inContainer] = /^FROM node:(\d+)-/m.exec(readText('Dockerfile')) ?? []
  const [, onMachine] = /^const version = '(\d+)\./m.exec(readText('infra/setup/node.mjs')) ?? []
  expect(inContainer).toBe(onMachine)
})
