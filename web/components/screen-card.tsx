import { Card, Group, Text, Title } from '@mantine/core'
import { isFinal } from '../../runner/model/run.ts'
import type { ActivityRunJson, RunJson } from '../../server/wire.ts'
import { lastPicture } from '../artifacts-of.ts'
import { useScreen } from '../use-screen.ts'
import { Thumbnail } from './thumbnail.tsx'

const usesBrowser = (activityRuns: readonly ActivityRunJson[]): boolean => activityRuns.some(({ type }) => type === 'NAVIGATE')

/** The page that the run works in: live while it goes on, the last picture of it afterwards. */
export const ScreenCard = ({ run, activityRuns }: { run: RunJson; activityRuns: ActivityRunJson[] }) => {
  const isOpen = !isFinal(run.state)
  const { frame, ref } = useScreen(run.id, isOpen)
  const picture = lastPicture(activityRuns)
  if (!frame && !picture && !(isOpen && usesBrowser(activityRuns))) return null
  return (
    <Card component="section" aria-label="Page" ref={ref} className="screen-card">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          Page
        </Title>
        <Text size="xs" c="dimmed">
          {frame ? 'as it is now' : picture ? 'the last picture of it' : ''}
        </Text>
      </Group>
      {frame ? (
        <img className="screen" src={`data:image/jpeg;base64,${frame.image}`} alt="The page that the run works in, live" style={{ aspectRatio: `${frame.width} / ${frame.height}` }} />
      ) : picture ? (
        <Thumbnail artifact={picture} label="The last picture of the page" />
      ) : (
        <div className="screen screen-blank">{run.state === 'IN_PROGRESS' ? 'Waiting for a picture …' : 'No page is open at the moment.'}</div>
      )}
    </Card>
  )
}
