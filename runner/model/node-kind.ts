import type { Node } from './workflow.ts'

/** What kinds of nodes there are. Free of zod: the dashboard bundles it. */

/** The trigger that is assumed where a workflow names none: self-serve, taking any inputs. */
export const ASSUMED_TRIGGER: Node = { identifier: 'trigger', title: 'Start', config: { type: 'SELF_SERVE_TRIGGER' } }

export const isTrigger = (node: Node): boolean => node.config.type.endsWith('_TRIGGER')

const LOOPS = new Set(['FOR_EACH', 'WHILE'])
/** Whether a node runs other nodes: its activity run goes on across pauses and restarts. */
export const isLoop = (type: string): boolean => LOOPS.has(type)
