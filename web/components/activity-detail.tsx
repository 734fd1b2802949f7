import { Anchor, Button, Code, Group, Text } from '@mantine/core'
import { RotateCw as IconRefresh } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ActivityRunJson, RunJson } from '../../server/wire.ts'
import { againFrom } from '../again.ts'
import { screenshotOf } from '../artifacts-of.ts'
import { useRerun } from '../use-act-on-run.ts'
import { moment } from '../words.ts'
import { DataView } from './data-view.tsx'
import { FileItem } from './file-item.tsx'
import { LogLines } from './log-lines.tsx'
import { Thumbnail } from './thumbnail.tsx'

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <div className="detail-part">
    <h3>{title}</h3>
    {children}
  </div>
)

const Facts = ({ activity: { startedAt, completedAt, matchedTarget } }: { activity: ActivityRunJson }) => (
  <Text size="xs" c="dimmed">
    {startedAt ? `Began ${moment(startedAt)}` : 'Has not begun'}
    {completedAt && `, ended ${moment(completedAt)}`}
    {matchedTarget !== null && matchedTarget > 0 && ` · found by target ${matchedTarget + 1} of the list`}
  </Text>
)

/** What an attempt did: its error with what the page showed, what it said, what it put out, and its files. */
export const ActivityDetail = ({ run, activity }: { run: RunJson; activity: ActivityRunJson }) => {
  const rerun = useRerun(run)
  const { error, thinking, logs, outputs, links, artifacts } = activity
  const screenshot = screenshotOf(activity)
  const files = artifacts.filter(({ id }) => id !== screenshot?.id)
  const hasOutputs = outputs !== null && Object.keys(outputs).length > 0
  const again = againFrom(run, activity)
  return (
    <div className="detail">
      {error && (
        <Part title="Error">
          <div className="run-error">
            <div>
              <Text size="sm" className="prewrap step-error">
                {error.message}
              </Text>
              <Code mt={6}>{error.code}</Code>
            </div>
            {screenshot && <Thumbnail artifact={screenshot} label="What the page showed at the failure" />}
          </div>
        </Part>
      )}
      {thinking.length > 0 && (
        <Part title="Thinking">
          <div className="thinking" aria-live="polite">
            {thinking.map(({ text }) => text).join('\n')}
          </div>
        </Part>
      )}
      {hasOutputs && (
        <Part title="Output">
          <DataView value={outputs} />
        </Part>
      )}
      {links.length > 0 && (
        <Part title="Links">
          {links.map((link) => (
            <Text key={link} size="sm" className="prewrap">
              {/^https?:\/\//i.test(link) ? (
                <Anchor href={link} target="_blank" rel="noreferrer noopener">
                  {link}
                </Anchor>
              ) : (
                link
              )}
            </Text>
          ))}
        </Part>
      )}
      {logs.length > 0 && (
        <Part title="Log">
          <LogLines logs={logs} />
        </Part>
      )}
      {files.length > 0 && (
        <Part title="Files">
          <div className="files">
            {files.map((file) => (
              <FileItem key={file.id} artifact={file} />
            ))}
          </div>
        </Part>
      )}
      <div className="detail-foot">
        <Facts activity={activity} />
        {again && (
          <Group gap="xs">
            {again.note && (
              <Text size="xs" c="dimmed">
                {again.note}
              </Text>
            )}
            <Button size="compact-xs" variant="default" leftSection={<IconRefresh size={13} />} loading={rerun.isPending} onClick={() => rerun.mutate(again.from)}>
              {again.label}
            </Button>
          </Group>
        )}
      </div>
    </div>
  )
}
