import { expect, test } from 'vitest'
import { redisPlace } from './connection.ts'

test.each([
  ['redis://me:secret@h', 'h:6379'],
  ['rediss://h:1/2', 'h:1'],
  ['unix:/a/b.sock', '/a/b.sock'],
  ['redis+sentinel://me:secret@a:1,b/main', 'a:1, b:26379'],
])('%s is %s for people', (url, place) => {
  expect(redisPlace(url)).toBe(place)
})
