import type { ActivityRunJson } from '../../server/wire.ts'

/** What was said while something was done. */
export const LogLines = ({ logs }: { logs: ActivityRunJson['logs'] }) => (
  <ol className="logs">
    {logs.map(({ level, message, createdAt }, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- lines are only ever added
      <li key={index} data-level={level.toLowerCase()}>
        <time dateTime={createdAt}>{new Date(createdAt).toLocaleTimeString()}</time>
        <span className="log-level">{level}</span>
        <span className="prewrap">{message}</span>
      </li>
    ))}
  </ol>
)
