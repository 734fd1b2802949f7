/** A node that waits for whoever claims it; without `installationId` for a worker that never comes. */
export const askNode = (config: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) => ({ identifier: 'ask', title: 'Ask', icon: 'Github', config: { type: 'INTEGRATION_ACTION', installationId: 'nobody', ...config }, ...rest })

/** Whether a node waits for another system. */
export const isWaiting = ({ state }: { state: string }): boolean => state === 'AWAITING_EXTERNAL'
