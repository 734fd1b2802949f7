import { z } from 'zod'
import type { Fault } from '../runner/model/problem.ts'
import { workflowSchema, type Workflow } from '../runner/model/workflow.ts'

/**
 * A definition as sent: any JSON here, because all its faults (shape, steps, templates, graph) are told together, by `checkWorkflow`.
 * The documentation shows its true schema.
 */
export const givenWorkflow = z.unknown().meta({ ...z.toJSONSchema(workflowSchema, { io: 'input' }), $schema: undefined, id: 'Workflow' })

/** Part of a definition: its fields replace those of the latest version. */
export const partialWorkflow = z.record(z.string(), z.unknown()).meta({ id: 'WorkflowChange', description: 'Any top-level fields of a workflow; null takes a field away.' })

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the server shows of a workflow beside its definition, in either face. It comes back with what was got and changed, and is the server's to say. */
const KEPT = new Set(['id', 'version', 'createdByUserId', 'createdBy', 'createdAt', 'updatedAt'])

/** The definition in what was sent: without what the server keeps itself. */
export const definitionIn = (given: unknown): unknown => (isObject(given) ? Object.fromEntries(Object.entries(given).filter(([name]) => !KEPT.has(name))) : given)

/** What was sent to the address of one workflow must not say that it is another one. */
export const otherIdFaults = (given: unknown, id: string): Fault[] =>
  !isObject(given) || given.id === undefined || (typeof given.id === 'string' && given.id.toLowerCase() === id)
    ? []
    : [{ path: 'id', code: 'contradiction', message: `must be that of the workflow that is changed, ${id}, or be left out` }]

/** `latest` with the fields of a change in place of its own; null takes a field away (RFC 7396), at the top. A null for a field that nobody knows is a fault like any other. */
export const withChange = (latest: Workflow, change: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries({ ...latest, ...change }).filter(([name, value]) => value !== null || !Object.hasOwn(workflowSchema.shape, name)))
