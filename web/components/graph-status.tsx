import type { NodeProgress } from '../graph-progress.ts'
import { ACTIVITY_WORDS } from '../words.ts'
import { Lasting } from './time.tsx'

/** What has become of a node; its type where nothing has. */
export const GraphStatus = ({ type, progress }: { type: string; progress: NodeProgress | undefined }) => (
  <span className="graph-status">
    {progress ? (
      <>
        {ACTIVITY_WORDS[progress.status]}
        {progress.status !== 'skipped' && progress.startedAt && (
          <>
            {' · '}
            <Lasting from={progress.startedAt} to={progress.completedAt} />
          </>
        )}
        {progress.attempts > 1 && ` · attempt ${progress.attempts}`}
      </>
    ) : (
      type.toLowerCase().replaceAll('_', ' ')
    )}
  </span>
)
