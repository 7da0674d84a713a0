export { nestedHands } from '@manyhands/client/nested'
