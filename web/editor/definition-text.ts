import type { WorkflowJson } from '../../server/wire.ts'
import { definitionOf } from '../api/workflows.ts'

/** A definition as the editor shows it when nobody has written it yet in their own way. */
export const writtenOut = (definition: unknown): string => `${JSON.stringify(definition, null, 2)}\n`

/** A stored workflow as it is edited: without what the store adds. */
export const textOf = (workflow: WorkflowJson): string => writtenOut(definitionOf(workflow))
