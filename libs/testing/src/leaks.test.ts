import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { beforeEach, expect, test } from 'vitest'
import { expectNoLeaks, openResources, type Resources } from './leaks.ts'

let before: Resources
beforeEach(() => {
  before = openResources()
})

test('a clean file passes', async () => {
  await expectNoLeaks(before, 50)
})

test('what closes a little later passes', async () => {
  setTimeout(() => undefined, 60)
  await expectNoLeaks(before)
})

test('timers are named', async () => {
  const timers = Array.from({ length: 5 }, () => setInterval(() => undefined, 1000))
  await expect(expectNoLeaks(before, 50)).rejects.toThrow(/this test file leaves open: \d x Timeout/)
  for (const timer of timers) clearInterval(timer)
})

test('a server and a socket are named with their ports', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [twin] = await once(server, 'connection')
  await expect(expectNoLeaks(before, 50)).rejects.toThrow(/TCPServerWrap[\s\S]*server on .*127\.0\.0\.1/)
  socket.destroy()
  twin.destroy()
  server.close()
  await once(server, 'close')
})

test("a child process is named with its command, even when it was unref'd", async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  child.unref()
  await expect(expectNoLeaks(before, 50)).rejects.toThrow(new RegExp(`child process ${child.pid}`))
  child.ref()
  child.kill('SIGKILL')
  await once(child, 'close')
})
