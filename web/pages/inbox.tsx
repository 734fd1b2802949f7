import { Group, Stack, Text, Title } from '@mantine/core'
import { Smile as IconMoodSmile } from 'lucide-react'
import { useRef } from 'react'
import { Empty } from '../components/empty.tsx'
import { Failure } from '../components/failure.tsx'
import { InboxRun } from '../components/inbox-run.tsx'
import { LiveMark } from '../components/live-mark.tsx'
import { Loading } from '../components/loading.tsx'
import { useFollowRuns } from '../follow-runs.ts'
import { isForYou, usePendingForms } from '../pending-forms.ts'
import type { UserFormJson } from '../../server/user-form-wire.ts'

/** Questions that were there when the page was opened stay where they were once they are answered, so that one sees what came of them. */
const useSeen = (pending: UserFormJson[] | undefined): UserFormJson[] => {
  const seen = useRef(new Map<string, UserFormJson>())
  for (const form of pending ?? []) seen.current.set(form.formId, form)
  const isPending = new Set(pending?.map(({ formId }) => formId))
  return [...seen.current.values()].map((form) => (isPending.has(form.formId) ? form : { ...form, status: 'answered' }))
}

export default function Inbox() {
  const stream = useFollowRuns()
  const { data, error, isPending, refetch } = usePendingForms()
  const forms = useSeen(data?.userForms)
  const wasForYou = useRef(new Set<string>())
  for (const form of forms) if (isForYou(form)) wasForYou.current.add(form.formId)
  const [mine, others] = [forms.filter(({ formId }) => wasForYou.current.has(formId)), forms.filter(({ formId }) => !wasForYou.current.has(formId))]
  return (
    <>
      <Group gap="sm" mb="md">
        <Title order={1} size="h2">
          Inbox
        </Title>
        <LiveMark stream={stream} />
      </Group>
      {error && !data ? (
        <Failure error={error} what="The questions could not be read." onRetry={() => void refetch()} />
      ) : isPending ? (
        <Loading what="Loading the questions" />
      ) : forms.length === 0 ? (
        <section className="panel">
          <Empty title="Nothing waits for you" icon={<IconMoodSmile size={28} />}>
            When a workflow needs a security code, an approval or a decision, it asks here, and goes on as soon as it is answered.
          </Empty>
        </section>
      ) : (
        <Stack gap="lg">
          {mine.length === 0 && <Text size="sm">Nothing waits for you.</Text>}
          {mine.map((form) => (
            <InboxRun key={form.formId} form={form} />
          ))}
          {others.length > 0 && (
            <Title order={2} size="h4" mt="sm">
              Waits for others
            </Title>
          )}
          {others.map((form) => (
            <InboxRun key={form.formId} form={form} heading={3} />
          ))}
        </Stack>
      )}
    </>
  )
}
