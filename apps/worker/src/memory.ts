/**
 * Bytes that this machine may use, or the container it is.
 * @param total as os.totalmem() says, which in a container is the host's
 * @param constrained as process.constrainedMemory() says: 0, or more than there is, without a limit
 */
export const usableBytes = (total: number, constrained: number): number => (constrained > 0 && constrained < total ? constrained : total)
