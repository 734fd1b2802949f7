import { Card, Title } from '@mantine/core'
import type { ActivityRunJson } from '../../server/wire.ts'
import { LogLines } from './log-lines.tsx'

/** What was said of a run as a whole. */
export const LogCard = ({ logs }: { logs: ActivityRunJson['logs'] }) =>
  logs.length === 0 ? null : (
    <Card component="section" aria-label="Log">
      <Title order={2} size="h5" mb="xs">
        Log
      </Title>
      <LogLines logs={logs} />
    </Card>
  )
