import { z } from 'zod'
import { workflowSchema } from '../runner/model/workflow.ts'

/**
 * A definition as sent: any JSON here, because all its faults (shape, steps, templates, graph) are told together, by `checkWorkflow`.
 * The documentation shows its true schema.
 */
export const givenWorkflow = z.unknown().meta({ ...z.toJSONSchema(workflowSchema, { io: 'input' }), $schema: undefined, id: 'Workflow' })

/** Part of a definition: its fields replace those of the latest version. */
export const partialWorkflow = z.record(z.string(), z.unknown()).meta({ id: 'WorkflowChange', description: 'Any top-level fields of a workflow.' })
