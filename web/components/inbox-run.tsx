import { Anchor, Card, Group, Text } from '@mantine/core'
import { Link } from 'wouter'
import { isFinal } from '../../runner/model/run.ts'
import type { UserFormJson } from '../../server/user-form-wire.ts'
import { useRun } from '../follow-run.ts'
import { Question } from './question.tsx'
import { RunStateMark } from './state.tsx'
import { Lasting } from './time.tsx'

/** What has become of the run since its question was answered. */
const Afterwards = ({ form }: { form: UserFormJson }) => {
  const { data } = useRun(form.runId, () => '')
  if (!data) return null
  const { state, startedAt, completedAt, currentStateName, error } = data.workflowRun
  return (
    <Card>
      <Group gap="md" role="status">
        <RunStateMark state={state} />
        <Text size="sm">{error ? error.message : isFinal(state) ? form.title : (currentStateName ?? '').replaceAll('_', ' ')}</Text>
        <Text size="sm" c="dimmed">
          <Lasting from={startedAt} to={completedAt} />
        </Text>
      </Group>
    </Card>
  )
}

/** A question of the inbox; once it is answered, how its run goes on. */
export const InboxRun = ({ form, heading = 2 }: { form: UserFormJson; heading?: 2 | 3 }) => (
  <article aria-label={`${form.title}, ${form.workflowName ?? 'workflow'}`}>
    <Text size="sm" c="dimmed" mb={6}>
      <Anchor component={Link} href={`/runs/${form.runId}`} fw={600}>
        {form.workflowName ?? 'Workflow'}
      </Anchor>{' '}
      · {form.stepName}
    </Text>
    {form.status === 'pending' ? <Question form={form} heading={heading} /> : <Afterwards form={form} />}
  </article>
)
