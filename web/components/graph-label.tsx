import type { NodeProgress } from '../graph-progress.ts'
import { ACTIVITY_WORDS } from '../words.ts'
import { Lasting } from './time.tsx'
import { StepIcon } from './step-icon.tsx'

/** What has become of a node; its type where nothing has. */
const Status = ({ type, progress }: { type: string; progress: NodeProgress | undefined }) => (
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

/** What a node of a graph is, and what has become of it. */
export const GraphLabel = ({ title, type, progress }: { title: string; type: string; progress: NodeProgress | undefined }) => (
  <>
    <StepIcon type={type} />
    <span className="graph-text">
      <span className="graph-title" title={title}>
        {title}
      </span>
      <Status type={type} progress={progress} />
    </span>
  </>
)
