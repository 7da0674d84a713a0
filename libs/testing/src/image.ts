/** The Redis of tests in containers. docker-compose.yml names the same one (tests/architecture holds that). */
export const redisImage = 'redis:7.2-bookworm'
