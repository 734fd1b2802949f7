import type { IncomingHttpHeaders } from 'node:http'
import { getWorkflow, updateWorkflow, type StoredWorkflow } from '../db/workflows.ts'
import { assertWorkflow } from '../runner/check-workflow.ts'
import { problem } from '../runner/model/problem.ts'
import { workflowTag } from '../runner/model/workflow-tag.ts'
import type { Workflow } from '../runner/model/workflow.ts'
import type { Caller } from './caller.ts'
import { assertMatch } from './etag.ts'
import { assertMayChange } from './permissions.ts'
import type { Services } from './start.ts'
import { definitionIn, otherIdFaults } from './workflow-body.ts'

/** Two who save at once: the later one's change is made again on top of the earlier one's, this often. */
const TRIES = 5

/** The ETag of a workflow as it is now. */
export const tagOf = ({ row, version }: StoredWorkflow): string => workflowTag({ id: row.id, version })

/**
 * Saves a new version made from the latest; with `If-Match` in `headers`, made from that one or not at all.
 * @throws Problem `not_found`, `precondition_failed`, `invalid_workflow` with all faults, `not_allowed` by its permissions, `conflict` when the identifier is taken
 */
export const saveWorkflow = async (services: Services, { caller, headers = {} }: { caller: Caller; headers?: IncomingHttpHeaders }, idOrIdentifier: string, change: (latest: Workflow) => unknown): Promise<StoredWorkflow> => {
  const { db, clock } = services
  for (let tries = 0; tries < TRIES; tries++) {
    const latest = await getWorkflow(db, caller.org, idOrIdentifier)
    assertMayChange(caller, latest.definition)
    assertMatch(headers, tagOf(latest), 'The workflow')
    // Checking takes a while (jq compiles each program), so it is done before the transaction.
    const given = change(latest.definition)
    const definition = await assertWorkflow(definitionIn(given), services, { known: otherIdFaults(given, latest.row.id), before: latest.definition })
    const saved = await updateWorkflow(db, { org: caller.org, id: latest.row.id, from: latest.version, definition, by: caller.userId, at: clock.now() })
    if (saved) return saved
  }
  throw problem('conflict', 'The workflow is being changed by others at the same time. Try again.')
}
