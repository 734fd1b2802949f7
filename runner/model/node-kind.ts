import type { Node, Workflow } from './workflow.ts'

/** What kinds of nodes there are. Free of zod: the dashboard bundles it. */

/** The trigger that is assumed where a workflow names none: self-serve, taking any inputs. */
export const ASSUMED_TRIGGER: Node = { identifier: 'trigger', title: 'Start', config: { type: 'SELF_SERVE_TRIGGER' } }

export const isTrigger = (node: Node): boolean => node.config.type.endsWith('_TRIGGER')

/** The triggers that are for calls, published or not; the assumed one where a workflow names none. */
export const selfServeTriggers = ({ nodes }: Pick<Workflow, 'nodes'>): Node[] => (nodes.some(isTrigger) ? nodes.filter(({ config }) => config.type === 'SELF_SERVE_TRIGGER') : [ASSUMED_TRIGGER])

export const isPublished = ({ config }: Node): boolean => config.published !== false

/** The trigger that a call fires which names none: the first self-serve one that is published. */
export const selfServeTrigger = (workflow: Pick<Workflow, 'nodes'>): Node | null => selfServeTriggers(workflow).find(isPublished) ?? null

/** Why there is none: what is said of the workflow, after its name. */
export const whyNoCallStarts = (workflow: Pick<Workflow, 'nodes'>): string =>
  selfServeTriggers(workflow).length > 0 ? 'is not published: its self-serve trigger has published: false' : 'has no self-serve trigger: it is not started by a call'

const LOOPS = new Set(['FOR_EACH', 'WHILE'])
/** Whether a node runs other nodes: its activity run goes on across pauses and restarts. */
export const isLoop = (type: string): boolean => LOOPS.has(type)
