export { redisSharing } from '@manyhands/shared-state'
