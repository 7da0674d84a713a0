export { createLockNodes, LockNodes, type LockNodesOptions } from './lock-nodes.ts'
