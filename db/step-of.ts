import { eq } from 'drizzle-orm'
import type { Query } from './open.ts'
import { activityRuns } from './schema.ts'

/** The step that an activity run is of. */
export const stepIdOf = async (tx: Query, activityId: string | null): Promise<string | null> => {
  if (activityId === null) return null
  const [found] = await tx.select({ nodeId: activityRuns.nodeId }).from(activityRuns).where(eq(activityRuns.id, activityId))
  return found?.nodeId ?? null
}
