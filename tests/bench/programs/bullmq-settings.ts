/** One connection setting for both programs. Tried and left out: ioredis' autopipelining doubles the latency here and gains nothing. */
export const connection = {
  host: '127.0.0.1',
  port: Number(process.env.REDIS_PORT),
  maxRetriesPerRequest: null,
}
